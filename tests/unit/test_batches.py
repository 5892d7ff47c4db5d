"""Calls that wait for each other write in one transaction, and each gets its own outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unittest.mock import MagicMock, patch

import gevent
import pytest
from flask import Flask
from gevent import Greenlet, monkey
from sqlalchemy import Connection, text

from notifier import database
from notifier.database import engine, sqlite
from notifier.database.batches import Batches, Call
from notifier.errors import Unavailable, invalid
from tests.databases import Databases
from tests.unit.realtime.greenlets import until

WITHIN = 20.0
ADD = text("INSERT INTO groups (name, name_key, created_at) VALUES (:name, :name, '2030-01-01')")


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture
def writes(app: Flask) -> Iterator[MagicMock]:
    """The transactions that were begun."""
    with patch.object(monkey, "is_module_patched", return_value=True), patch.object(engine, "write", side_effect=engine.write) as writes:
        yield writes


class Names:
    """Adds groups in batches. Of some names it refuses to write, fails, or is interrupted."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.announced: list[list[str]] = []
        self.batches = Batches[str, str](self._add, self._announce)

    def _add(self, transaction: Connection, calls: Sequence[Call[str, str]]) -> None:
        for call in calls:
            if call.item == "refused":
                call.error = invalid("name", "is refused")
                continue
            transaction.execute(ADD, {"name": call.item})
            call.result = call.item
            if call.item == "fails":
                raise ZeroDivisionError
            if call.item == "ends":
                raise gevent.GreenletExit
            if call.item == "interrupted":
                gevent.getcurrent().kill(block=False)  # type: ignore[attr-defined]

    def _announce(self, calls: Sequence[Call[str, str]]) -> None:
        self.announced.append([call.item for call in calls if call.result])

    def together(self, *names: str) -> list[Greenlet[..., str]]:
        """Have these called while another batch is written; the first leads. Returns their ended greenlets."""

        def call(name: str) -> str:
            with self.app.app_context():
                return self.batches.call(name)

        with self.batches._turn():
            started = [gevent.spawn(call, name) for name in names]
            until(lambda: self.batches._next is not None and len(self.batches._next.calls) == len(names), within=WITHIN)
        gevent.joinall(started, timeout=WITHIN)
        return started


def outcomes(ended: Sequence[Greenlet[..., str]]) -> list[object]:
    return [one.value if one.successful() else type(one.exception) for one in ended]


def names() -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(text("SELECT name FROM groups ORDER BY name")))


def test_calls_that_wait_are_one_transaction(app: Flask, writes: MagicMock) -> None:
    added = Names(app)

    assert outcomes(added.together("a", "b", "c")) == names() == ["a", "b", "c"]
    assert writes.call_count == 1
    assert added.announced == [["a", "b", "c"]]


def test_a_call_that_need_not_wait_is_written_alone(app: Flask, writes: MagicMock) -> None:
    added = Names(app)

    assert [added.batches.call(name) for name in "ab"] == names() == ["a", "b"]
    assert writes.call_count == 2


def test_a_refused_call_concerns_no_other(app: Flask, writes: MagicMock) -> None:
    added = Names(app)

    first, refused, last = added.together("a", "refused", "b")

    assert (first.value, str(refused.exception), last.value) == ("a", "name: is refused", "b")
    assert names() == ["a", "b"]
    assert added.announced == [["a", "b"]]


@pytest.mark.parametrize("place", range(3))
def test_a_call_that_fails_has_all_written_alone(app: Flask, writes: MagicMock, place: int) -> None:
    added = Names(app)
    given = ["a", "b"]
    given.insert(place, "fails")

    assert outcomes(added.together(*given)) == [database.TransactionConflict] * 3
    assert (names(), added.announced) == ([], [])
    assert added.batches.call("a") == "a"


def test_a_name_that_is_taken_has_all_written_alone(app: Flask, writes: MagicMock) -> None:
    added = Names(app)

    assert outcomes(added.together("a", "a", "b")) == [database.TransactionConflict] * 3
    assert names() == []


def test_an_unavailable_database_refuses_all_once(app: Flask, writes: MagicMock) -> None:
    added = Names(app)
    writes.side_effect = database.busy()

    ended = added.together("a", "b")

    assert outcomes(ended) == [Unavailable] * 2
    assert ended[0].exception is not ended[1].exception
    assert writes.call_count == 1


def test_a_leader_that_is_interrupted_leaves_none_waiting(app: Flask, writes: MagicMock) -> None:
    """In its COMMIT, which is done all the same: the others cannot know."""
    added = Names(app)

    leader, other = added.together("interrupted", "a")

    assert isinstance(leader.value, gevent.GreenletExit)
    assert type(other.exception) is Unavailable
    assert added.announced == []
    assert added.batches.call("b") == "b"


def test_a_leader_that_is_interrupted_before_has_the_others_written_alone(app: Flask, writes: MagicMock) -> None:
    added = Names(app)

    leader, other = added.together("ends", "a")

    assert isinstance(leader.value, gevent.GreenletExit)
    assert isinstance(other.exception, database.TransactionConflict)
    assert names() == []


def test_the_wait_for_the_batch_before_is_bounded(app: Flask, writes: MagicMock) -> None:
    added = Names(app)

    def call(name: str) -> str:
        with app.app_context():
            return added.batches.call(name)

    with patch.object(sqlite, "LOCK_TIMEOUT_SECONDS", 0.05), added.batches._turn():
        refused = [gevent.spawn(call, f"{number:02}") for number in range(40)]
        gevent.joinall(refused, timeout=WITHIN)

    assert outcomes(refused) == [Unavailable] * 40
    assert added.batches.call("a") == "a"


def test_more_calls_than_a_batch_takes_are_several(app: Flask, writes: MagicMock) -> None:
    added = Names(app)

    def call(name: str) -> str:
        with app.app_context():
            return added.batches.call(name)

    with added.batches._turn():
        started = [gevent.spawn(call, f"{number:02}") for number in range(40)]
        until(lambda: added.batches._next is not None and added.batches._next.calls[-1].item == "39", within=WITHIN)
    gevent.joinall(started, timeout=WITHIN, raise_error=True)

    assert len(names()) == 40
    assert [len(batch) for batch in added.announced] == [32, 8]
