"""kill -9 during a fan-out to thousands: it is resumed, and each recipient gets it once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import pytest

from notifier.services.accounts import groups, users
from notifier.services.messages import audience_chunks
from notifier.services.messages import send as messages
from notifier.services.messages.send import Draft
from tests.api_client import Person
from tests.conftest import Serve
from tests.crowd import Crowd, crowd, holders, pending_recipients
from tests.people import People, people_in_process
from tests.servers import Notifier
from tests.servers.background_worker import BackgroundWorker
from tests.waiting import eventually

PEOPLE = 5000
FEWER = 2500
KILLS = 10
SEED = 20260101


@pytest.mark.slow
def test_ten_kills_during_fanout_deliver_exactly_once(database_url: str, tmp_path: Path) -> None:
    """Kill only the scheduled work: the process that runs it has no sockets."""
    random, half_way, sent = Random(SEED), 0, list[str]()
    with (
        closing(Notifier(database_url, tmp_path)) as server,
        people_in_process(database_url) as people,
        BackgroundWorker(server.environment(), tmp_path / "worker.log") as worker,
    ):
        everybody = crowd(people, FEWER)
        while len(sent) < KILLS or (half_way < KILLS // 2 and len(sent) < 3 * KILLS):
            sent.append(send_elsewhere(people, everybody, str(len(sent))))
            moment = random.randrange(FEWER)
            wait_until_at_most(moment, people)
            worker.kill()
            half_way += 0 < pending_recipients(people) < FEWER
        eventually(lambda: not pending_recipients(people), within=20)

        assert half_way >= KILLS // 2
        for id in sent:
            assert holders(people, id) == dict.fromkeys(everybody.ids, 1)


def test_server_kill_during_fanout_delivers_exactly_once(serve: Serve) -> None:
    """Alice, a recipient, is connected before and after; the sender repeats the request."""
    site = serve()
    everybody, alice, dana = crowd(site, PEOPLE), site.person("alice"), site.person("dana", "sender")
    with site.elsewhere():
        groups.add(everybody.address.removeprefix("group:"), alice.name)
        everybody.ids.append(users.by_name(alice.name).id)
    inbox = alice.inbox()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    first = send(dana, everybody)
    eventually(lambda: pending_recipients(site) < PEOPLE)

    site.server.restart()

    again = send(dana, everybody)
    assert (first.status_code, first.json(), first.headers["location"]) == (202, again.json(), again.headers["location"])
    eventually(lambda: not pending_recipients(site), within=20, why=site.server.tail)
    assert holders(site, first.json()["id"]) == dict.fromkeys(everybody.ids, 1)
    assert dana.get(first.headers["location"]).json()["delivered"] == PEOPLE + 1
    inbox.follow(lambda inbox: inbox.agrees())
    assert (list(inbox.rows), inbox.resets) == ([first.json()["id"]], 0)


def wait_until_at_most(number: int, people: People) -> None:
    """Return when at most `number` rows are still to be written."""
    eventually(lambda: pending_recipients(people) <= number, within=20)


def send(sender: Person, to: Crowd) -> httpx.Response:
    return sender.post("/api/notifications", json={"to": to.address, "title": "Hello"}, headers={"Idempotency-Key": "once"})


def send_elsewhere(people: People, to: Crowd, title: str) -> str:
    """The id of a message that this process accepts, and of which it delivers nothing."""
    with people.elsewhere():
        sent = messages.send(Draft(to=to.address, title=title))
        assert (sent.delivered, audience_chunks.progress(sent.id, None).recipients) == (False, FEWER)
        return sent.id
