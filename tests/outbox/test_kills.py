"""kill -9 in each state of a delivery, and two processes: no mail is lost, and a repeat carries the same id."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from notifier.extensions import db
from notifier.services.messages.send import Draft, send
from tests.outbox.office import Office
from tests.servers.outbox_worker import OutboxWorker
from tests.waiting import eventually

MAILS = 200
KILLS = {"postgresql": 20, "sqlite": 5}


@pytest.mark.parametrize("dies", ["planned", "claimed", "bytes sent", "accepted"])
def test_kill_in_each_state_loses_no_mail_and_repeats_its_id(office: Office, tmp_path: Path, dies: str) -> None:
    alice = office.person("alice", "held" if dies == "bytes sent" else "")
    office.server.hold()
    office.send(alice)
    office.later(minutes=31)
    office.plan()
    with OutboxWorker(office.environment(), tmp_path / "log", dies=dies if dies in ("claimed", "accepted") else "") as worker:
        if dies == "planned":
            worker.kill()
        if dies == "bytes sent":
            eventually(lambda: office.mails(alice), within=30)
            worker.kill()
            office.server.release()
        eventually(lambda: office.states(alice) == [("sent", None)], within=30)

    ids = [mail.id for mail in office.server.mails(office.address(alice))]
    assert len(ids) == (2 if dies in ("bytes sent", "accepted") else 1)
    assert len(set(ids)) == 1


@pytest.mark.slow
def test_many_kills_lose_none_of_200_mails(office: Office, tmp_path: Path) -> None:
    crowd, kills = office.crowd(MAILS), KILLS[db.engine.dialect.name]
    send(Draft(to=crowd.to, title="Deployed"))
    office.later(minutes=31)
    with OutboxWorker(office.environment(), tmp_path / "log") as worker:
        for kill in range(1, kills + 1):
            eventually(lambda: len(office.taken(crowd)) >= kill * MAILS // (kills + 2), within=30)  # noqa: B023
            worker.kill()
        eventually(lambda: Counter(office.states()) == {("sent", None): MAILS}, within=60)

    taken = Counter(office.taken(crowd))
    assert len(taken) == MAILS
    assert sum(taken.values()) <= MAILS + kills * 4


def test_two_processes_send_each_mail_once(office: Office, tmp_path: Path) -> None:
    crowd = office.crowd(MAILS)
    send(Draft(to=crowd.to, title="Deployed"))
    office.later(minutes=31)
    first = OutboxWorker(office.environment(), tmp_path / "first.log", alone=False)
    with first, OutboxWorker(office.environment(), tmp_path / "second.log", alone=False):
        eventually(lambda: Counter(office.states()) == {("sent", None): MAILS}, within=60)

    assert set(Counter(office.taken(crowd)).values()) == {1}
    assert len(office.taken(crowd)) == MAILS
