"""Where a stream starts: after the client's cursor, or with `reset` if it cannot replay.

Events are never skipped silently.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from notifier import database
from notifier.models import Inbox, Installation, User
from tests.api_client import STREAM_PATH, Person
from tests.cases import short
from tests.databases import Databases
from tests.site import Site
from tests.sse import Stream

LIMIT = 5

# `{epoch}` is replaced by the database's epoch. The head is at 3.
USELESS = [
    "",
    "abc",
    "3",
    "-3",
    "{epoch}",
    "{epoch}-",
    "{epoch}-x",
    "{epoch}--1",
    "{epoch}-+2",
    "{epoch}-1_0",
    "{epoch}-1e0",
    "{epoch}-0x1",
    "{epoch}-1 2",
    "{epoch}-\uff12",
    "{epoch}-²",
    "{epoch}-4",
    "{epoch}-999999999999999999",
    "{epoch}-9999999999999999999999999",
    "{epoch}-" + "1" * 5000,
    "g0000000-2",
    "0000000-2",
    "00000000-2",
    "' OR 1=1 --",
]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the bytes of a stream do not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"REPLAY_LIMIT": LIMIT, "STREAM_MAX_PER_USER": 10}


def head_after(person: Person, sender: Person, count: int) -> str:
    """The cursor of a fresh inbox after `count` notifications."""
    for number in range(count):
        sender.send(person, title=str(number))
    return person.stream().next().id or ""


def cursor(head: str, seq: int) -> str:
    return f"{head.partition('-')[0]}-{seq}"


def ids(stream: Stream, last: str) -> list[str | None]:
    """Event ids up to and including `last`."""
    stream.until(lambda event: event.id == last)
    return [event.id for event in stream.events]


def assert_reset(stream: Stream, head: str) -> None:
    connected, reset = stream.next(), stream.next()
    assert (connected.name, connected.id) == ("connected", None)
    assert (reset.name, reset.id) == ("reset", head)
    assert f"{reset.json['seq']}" == head.partition("-")[2]


@pytest.mark.parametrize("given", USELESS, ids=short)
@pytest.mark.security("S21")
def test_unusable_cursor_gets_reset(alice: Person, dana: Person, given: str) -> None:
    head = head_after(alice, dana, 3)
    assert_reset(alice.stream(last_event_id=given.replace("{epoch}", head.partition("-")[0])), head)


def test_stream_continues_after_reset(alice: Person, dana: Person) -> None:
    head = head_after(alice, dana, 3)
    stream = alice.stream(last_event_id="of no use")
    assert_reset(stream, head)
    dana.send(alice)
    assert stream.next().id == cursor(head, 4)


def test_reset_carries_the_unread_count(alice: Person, dana: Person) -> None:
    head_after(alice, dana, 3)
    assert alice.stream(last_event_id="of no use").until("reset").json == {"seq": 3, "unread_count": 3}


def test_stream_without_cursor_starts_at_the_head(alice: Person, dana: Person) -> None:
    head = head_after(alice, dana, 3)
    stream = alice.stream()
    dana.send(alice)
    assert ids(stream, cursor(head, 4)) == [head, cursor(head, 4)]


@pytest.mark.parametrize("behind", range(LIMIT + 1))
def test_stream_starts_after_its_cursor(alice: Person, dana: Person, behind: int) -> None:
    head = head_after(alice, dana, LIMIT + 1)
    steps = [cursor(head, seq) for seq in range(LIMIT + 1 - behind, LIMIT + 2)]
    assert ids(alice.stream(last_event_id=steps[0]), head) == steps


def test_cursor_too_far_behind_gets_reset(alice: Person, dana: Person) -> None:
    head = head_after(alice, dana, LIMIT + 1)
    assert_reset(alice.stream(last_event_id=cursor(head, 0)), head)


def test_many_changes_to_few_notifications_are_replayed(alice: Person, dana: Person) -> None:
    head = head_after(alice, dana, 1)
    path = f"/api/notifications/{alice.get('/api/notifications').json()[0]['id']}"
    for number in range(LIMIT + 1):
        alice.patch(path, json={"status": "read" if number % 2 == 0 else "unread"})
    last = cursor(head, 1 + LIMIT + 1)
    assert ids(alice.stream(last_event_id=head), last) == [head, last]


def test_reset_of_one_client_does_not_affect_others(alice: Person, dana: Person) -> None:
    head = head_after(alice, dana, LIMIT + 1)
    fresh = alice.connected()
    behind = [alice.stream(last_event_id=cursor(head, seq)) for seq in (0, 2, 4)]
    dana.send(alice)
    last = cursor(head, LIMIT + 2)
    assert ids(fresh, last) == [head, last]
    assert behind[0].until("reset").id in (head, last)
    assert ids(behind[2], last) == [cursor(head, seq) for seq in (4, 5, 6, 7)]


def test_cursor_below_the_floor_gets_reset(site: Site, alice: Person, dana: Person) -> None:
    head = head_after(alice, dana, 3)
    with site.elsewhere(), database.write() as transaction:
        hers = select(User.id).where(User.public_id == alice.id).scalar_subquery()
        transaction.execute(update(Inbox).where(Inbox.user_id == hers).values(floor=2))
    assert_reset(alice.stream(last_event_id=cursor(head, 1)), head)
    assert ids(alice.stream(last_event_id=cursor(head, 2)), head) == [cursor(head, 2), head]


def test_cursor_ahead_of_a_restored_backup_gets_reset(site: Site, alice: Person, dana: Person) -> None:
    before = head_after(alice, dana, 3)
    with site.elsewhere(), database.write() as transaction:
        transaction.execute(update(Installation).values(epoch="0123abcd"))
    try:
        assert_reset(alice.stream(last_event_id=before), "0123abcd-3")
    finally:
        with site.elsewhere(), database.write() as transaction:
            transaction.execute(update(Installation).values(epoch=before.partition("-")[0]))


@pytest.mark.parametrize("name", ["last_event_id", "lastEventId", "Last-Event-ID", "lastEventID"])
def test_query_parameter_carries_the_cursor(alice: Person, dana: Person, name: str) -> None:
    head = head_after(alice, dana, 3)
    stream = alice.stream(f"{STREAM_PATH}?{name}={cursor(head, 2)}")
    assert ids(stream, head) == [cursor(head, 2), head]
    assert_reset(alice.stream(f"{STREAM_PATH}?{name}=%FF%00{cursor(head, 2)}"), head)


def test_first_spelling_of_the_query_parameter_wins(alice: Person, dana: Person) -> None:
    head = head_after(alice, dana, 3)
    stream = alice.stream(f"{STREAM_PATH}?lastEventID=malformed&lastEventId={cursor(head, 2)}")
    assert ids(stream, head) == [cursor(head, 2), head]


@pytest.mark.parametrize("parameter", [1, "malformed"])
def test_header_wins_over_query_parameter(alice: Person, dana: Person, parameter: int | str) -> None:
    head = head_after(alice, dana, 3)
    given = cursor(head, parameter) if isinstance(parameter, int) else parameter
    stream = alice.stream(f"{STREAM_PATH}?last_event_id={given}", last_event_id=cursor(head, 2))
    assert ids(stream, head) == [cursor(head, 2), head]
