"""Who may watch a session, for how long, and on how many streams."""

from __future__ import annotations

import pytest

from notifier.services.accounts import groups
from tests.api_client import Person, problem
from tests.databases import Databases
from tests.people import People
from tests.sessions import begin, watch
from tests.sse import Stream
from tests.waiting import eventually


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


def test_outsider_cannot_watch(dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    id = begin(dana, alice, bob)

    problem(watch(carol, id), 403, "forbidden")
    assert watch(bob, id).next().name == "progress"


def test_former_group_manager_loses_the_stream(people: People, dana: Person, alice: Person, bob: Person, staff: str) -> None:
    """Alice manages the group that contains bob."""
    id = begin(dana, bob)
    manager, owner = watch(alice, id), watch(bob, id)
    manager.next(), owner.next()

    with people.elsewhere():
        groups.add(staff, alice.name, manager=False)

    assert manager.wait_closed()
    assert not owner.closed
    problem(watch(alice, id), 403, "forbidden")


def test_sign_out_ends_the_session_stream(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    alice.post("/api/auth/logout")

    assert stream.wait_closed()


def test_session_streams_do_not_count_as_user_streams(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    watching = [watch(alice, id) for _ in range(4)]

    reading = [alice.stream() for _ in range(3)]

    assert {stream.status for stream in watching + reading} == {200}
    problem(alice.stream(), 429, "too_many_streams")


def test_session_streams_are_limited_per_user(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    watching = [watch(alice, id) for _ in range(20)]

    assert {stream.status for stream in watching} == {200}
    problem(watch(alice, id), 429, "too_many_streams")
    watching[0].close()
    reopened(alice, id)


def reopened(person: Person, id: str) -> Stream:
    return eventually(lambda: stream if (stream := watch(person, id)).status == 200 else None)
