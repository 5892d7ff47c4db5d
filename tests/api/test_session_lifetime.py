"""Stalled sessions, and the purge of old ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from notifier import database
from notifier.models import Session, Watcher
from notifier.models.columns import now
from notifier.services.sessions import retention
from tests.api_client import Person, problem
from tests.people import People
from tests.sessions import SESSIONS, begin, move


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"RETENTION_DAYS": 1}


def set_back(people: People, id: str, seconds: float) -> None:
    """Move the timestamps of a session into the past."""
    past = timedelta(seconds=seconds)
    with people.elsewhere(), database.write() as transaction:
        row = transaction.execute(select(Session).where(Session.public_id == id)).one()
        moved = {name: getattr(row, name) - past for name in ("created_at", "updated_at", "silent_at", "ended_at") if getattr(row, name)}
        transaction.execute(update(Session).where(Session.public_id == id).values(**moved))


def step(people: People) -> None:
    with people.elsewhere():
        retention.stall_step()


def status(person: Person, id: str) -> tuple[str, int]:
    body = person.get(f"{SESSIONS}/{id}/status").json()
    return body["status"], body["progress"]


def test_silent_session_is_stalled(people: People, dana: Person, alice: Person) -> None:
    id, other = begin(dana, alice, silence_seconds=60), begin(dana, alice, silence_seconds=600)
    move(dana, id, progress=45)
    move(dana, other, progress=45)
    set_back(people, id, 61)
    set_back(people, other, 61)

    step(people)

    assert status(alice, id) == ("stalled", 45)
    assert status(alice, other) == ("processing", 45)


def test_session_that_never_started_stalls_too(people: People, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, silence_seconds=60)
    set_back(people, id, 61)

    step(people)

    assert status(alice, id) == ("stalled", 0)


def test_stalled_session_recovers_on_update(people: People, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, silence_seconds=60)
    set_back(people, id, 61)
    step(people)

    move(dana, id, progress=46)
    step(people)

    assert status(alice, id) == ("processing", 46)
    set_back(people, id, 61)
    step(people)
    assert status(alice, id) == ("stalled", 46)


def test_ended_session_does_not_stall(people: People, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, silence_seconds=60)
    move(dana, id, "processed")
    set_back(people, id, 3600)

    step(people)

    assert status(alice, id) == ("processed", 100)


def test_stalling_does_not_touch_the_inbox(people: People, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, silence_seconds=60)
    before = alice.get("/api/notifications/unread-count").json()
    set_back(people, id, 61)

    step(people)

    assert alice.get("/api/notifications/unread-count").json() == before


@pytest.mark.parametrize("end", ["processed", "failed", "processing"])
def test_old_session_is_purged(people: People, dana: Person, alice: Person, end: str) -> None:
    """Also a session that never ended and had no update for that time."""
    old, young = begin(dana, alice), begin(dana, alice)
    move(dana, old, end)
    move(dana, young, end)
    set_back(people, old, 86_401)

    with people.elsewhere():
        retention.purge_step()

    problem(alice.get(f"{SESSIONS}/{old}"), 404, "not_found")
    assert alice.get(f"{SESSIONS}/{young}").status_code == 200
    with people.elsewhere(), database.read() as connection:
        without = select(func.count()).select_from(Watcher).where(~Watcher.session_id.in_(select(Session.id)))
        assert connection.scalar(without) == 0


def test_time_left_uses_the_database_clock(people: People, dana: Person, alice: Person) -> None:
    """A limit in the future by the database's clock has not passed, whatever the clock of a process shows."""
    id = begin(dana, alice, silence_seconds=1)
    with people.elsewhere(), database.write() as transaction:
        ahead = database.clock(transaction).replace(year=now().year + 1)
        transaction.execute(update(Session).where(Session.public_id == id).values(silent_at=ahead))

    step(people)

    assert status(alice, id)[0] == "pending"
