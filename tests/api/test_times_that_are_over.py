"""Quiet hours, pauses and mutes whose time is over: rolled on, ended, and listed no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from notifier import database
from notifier.models import Attention, Mute, User
from notifier.services.preferences import attention, pauses
from tests.api_client import Person
from tests.people import People

PATH = "/api/preferences"
NIGHT = {"from": "22:00", "to": "07:00"}


def in_an_hour() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def test_windows_that_are_over_are_rolled_on(people: People, alice: Person) -> None:
    alice.patch(PATH, json={"quiet_hours": NIGHT, "time_zone": "Europe/Berlin"})
    past = datetime(2026, 1, 1, tzinfo=UTC)
    with people.elsewhere():
        with database.write() as transaction:
            transaction.execute(
                update(Attention).where(Attention.quiet_start == "22:00").values(quiet_from=past, quiet_until=past + timedelta(hours=9))
            )
        attention.roll_step()
        with database.read() as connection:
            ends = list(connection.scalars(select(Attention.quiet_until).where(Attention.quiet_start == "22:00")))
    assert ends and all(end and datetime.now(UTC) < end < datetime.now(UTC) + timedelta(days=2) for end in ends)


def test_pauses_that_are_over_are_ended_and_others_go_on(people: People, alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        person.post("/api/pause", json={"until": in_an_hour()})
    with people.elsewhere():
        of_alice = select(User.id).where(User.name == alice.name).scalar_subquery()
        with database.write() as transaction:
            transaction.execute(update(Attention).where(Attention.user_id == of_alice).values(paused_until=datetime.now(UTC)))
        before = access(alice), access(bob)
        assert not pauses.end_step()
        assert (access(alice), access(bob)) == (before[0] + 1, before[1]), "what open streams look at"
        with database.read() as connection:
            assert connection.scalar(select(Attention.paused_until).where(Attention.user_id == of_alice)) is None
    assert bob.get(PATH).json()["paused_until"] is not None


def access(person: Person) -> int:
    with database.read() as connection:
        return connection.scalars(select(User.access_seq).where(User.name == person.name)).one()


def test_mute_that_is_over_is_listed_no_more(people: People, alice: Person) -> None:
    alice.post("/api/mutes", json={"kind": "type", "value": "info", "until": in_an_hour()})
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(Mute).values(until=datetime.now(UTC)))
    assert alice.get("/api/mutes").json() == []
