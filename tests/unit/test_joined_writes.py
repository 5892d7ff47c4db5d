"""Writers on SQLite that wait for each other share one COMMIT, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import MagicMock, patch

import gevent
import pytest
from flask import Flask
from gevent import Greenlet, monkey
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from notifier import create_app, database
from notifier.database import joined_writes, sqlite
from notifier.errors import Unavailable
from notifier.extensions import db
from tests.databases import Databases
from tests.servers.notifier import SECRET_KEY
from tests.unit.realtime.greenlets import until

WITHIN = 20.0
ADD = text("INSERT INTO groups (name, name_key, created_at) VALUES (:name, :name, '2030-01-01')")


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture
def commits(app: Flask) -> Iterator[MagicMock]:
    """The calls of COMMIT."""
    in_worker = patch.object(monkey, "is_module_patched", return_value=True)
    with in_worker, patch.object(sqlite, "_execute_commit", side_effect=sqlite._execute_commit) as commits:
        yield commits


def add(name: str, then: Callable[[Connection], object] = lambda _: None) -> str:
    with database.write() as transaction:
        transaction.execute(ADD, {"name": name})
        then(transaction)
    return name


def together(app: Flask, **writers: Callable[[Connection], object]) -> dict[str, Greenlet[..., str]]:
    """Have these write at the same time; the first leads. Returns their ended greenlets by name."""

    def write(name: str, then: Callable[[Connection], object]) -> str:
        with app.app_context():
            return add(name, then)

    with joined_writes._lock:
        started = {name: gevent.spawn(write, name, then) for name, then in writers.items()}
        until(lambda: joined_writes._lock.linkcount() == len(writers), within=WITHIN)
    gevent.joinall(list(started.values()), timeout=WITHIN)
    return started


def names() -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(text("SELECT name FROM groups ORDER BY name")))


def fail(_transaction: Connection) -> None:
    raise ZeroDivisionError


def break_at_commit(transaction: Connection) -> None:
    transaction.execute(text("PRAGMA defer_foreign_keys = ON"))
    transaction.execute(text("INSERT INTO memberships (group_id, user_id, manager) VALUES (404, 404, 0)"))


def kill_soon(greenlet: Any) -> None:
    greenlet.kill(block=False)


def nothing(_transaction: Connection) -> None:
    pass


def test_writers_that_wait_share_a_commit(app: Flask, commits: MagicMock) -> None:
    started = together(app, a=nothing, b=nothing, c=nothing, d=nothing)

    assert [one.get() for one in started.values()] == names() == ["a", "b", "c", "d"]
    assert commits.call_count == 1


def in_two_applications(app: Flask, other: Flask) -> list[str]:
    """Have both write at the same time, in turn. Returns the names that the other finds then."""

    def write(where: Flask, name: str) -> None:
        with where.app_context():
            add(name)

    with joined_writes._lock:
        started = [gevent.spawn(write, where, name) for where, name in ((app, "a"), (other, "b"), (app, "c"), (other, "d"))]
        until(lambda: joined_writes._lock.linkcount() == len(started), within=WITHIN)
    gevent.joinall(started, timeout=WITHIN, raise_error=True)
    with other.app_context():
        found = names()
        db.engine.dispose()
    return found


def test_writers_of_another_database_join_none_of_this(app: Flask, databases: Databases, commits: MagicMock) -> None:
    """As where an application has two servers inside."""
    with databases.fresh() as url:
        there = in_two_applications(app, create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}))
    assert (names(), there) == (["a", "c"], ["b", "d"])


def test_two_applications_on_one_database_share_a_commit(app: Flask, database_url: str, commits: MagicMock) -> None:
    """As where a host application sends by one of its own."""
    other = create_app({"DATABASE_URL": database_url.replace(":///", ":////.", 1), "SECRET_KEY": SECRET_KEY})

    assert in_two_applications(app, other) == names() == ["a", "b", "c", "d"]
    assert commits.call_count == 1


def test_writers_that_write_again_at_once_all_succeed(app: Flask, commits: MagicMock) -> None:
    def write(name: str) -> None:
        with app.app_context():
            for turn in range(5):
                add(f"{name}{turn}")

    gevent.joinall([gevent.spawn(write, name) for name in "abcd"], timeout=WITHIN, raise_error=True)

    assert len(names()) == 20


def test_a_writer_that_fails_undoes_only_its_own(app: Flask, commits: MagicMock) -> None:
    started = together(app, a=nothing, b=fail, c=nothing)

    assert isinstance(started["b"].exception, ZeroDivisionError)
    assert names() == ["a", "c"]


def test_a_leader_that_fails_leaves_the_others_to_another(app: Flask, commits: MagicMock) -> None:
    started = together(app, a=fail, b=nothing, c=nothing)

    assert isinstance(started["a"].exception, ZeroDivisionError)
    assert names() == ["b", "c"]


def test_a_name_that_another_has_just_written_is_taken(app: Flask, commits: MagicMock) -> None:
    started = together(app, a=nothing, b=lambda transaction: transaction.execute(ADD, {"name": "a"}), c=nothing)

    assert isinstance(started["b"].exception, IntegrityError)
    assert names() == ["a", "c"]


def test_a_failed_commit_fails_all_and_changes_nothing(app: Flask, commits: MagicMock) -> None:
    started = together(app, a=nothing, b=break_at_commit, c=nothing)

    assert [type(one.exception) for one in started.values()] == [IntegrityError, Unavailable, Unavailable]
    assert names() == []
    assert add("d") and names() == ["d"]


def test_a_transaction_that_sqlite_has_rolled_back_fails_all(app: Flask, commits: MagicMock) -> None:
    """As SQLite does when the disk is full."""
    started = together(app, a=nothing, b=lambda transaction: transaction.exec_driver_sql("ROLLBACK"), c=nothing)

    assert [type(one.exception) for one in started.values()] == [Unavailable] * 3
    assert names() == []
    assert add("d") and names() == ["d"]


def test_a_leader_that_is_interrupted_before_its_commit_fails_all(app: Flask, commits: MagicMock) -> None:
    started = together(app, a=lambda _: kill_soon(gevent.getcurrent()), b=nothing, c=nothing)

    assert [type(started[name].exception) for name in "bc"] == [Unavailable] * 2
    assert names() == []
    assert add("d") and names() == ["d"]


def test_a_leader_that_is_interrupted_in_its_commit_fails_alone(app: Flask, commits: MagicMock) -> None:
    leader: list[Any] = []
    started = together(app, a=lambda _: leader.append(gevent.getcurrent()), b=lambda _: kill_soon(leader[0]), c=nothing)

    assert isinstance(started["a"].value, gevent.GreenletExit)
    assert [started[name].get() for name in "bc"] == ["b", "c"]
    assert names() == ["a", "b", "c"]


def test_writers_in_threads_wait_for_each_other_in_bounded_time(app: Flask) -> None:
    """As those of `flask run`. The loop of gevent in a thread that has given up runs no more: nothing may wait for it."""
    writes, go_on = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        writes.set()
        assert go_on.wait(WITHIN)

    def write(name: str, then: Callable[[Connection], object] = lambda _: None) -> str:
        with app.app_context():
            return add(name, then)

    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as two, ThreadPoolExecutor(1) as three:
        first = one.submit(write, "first", hold)
        assert writes.wait(WITHIN)
        two.submit(gevent.get_hub).result(WITHIN)
        with patch.object(sqlite, "LOCK_TIMEOUT_SECONDS", 0.1):
            refused = [type(thread.submit(write, "refused").exception(WITHIN)) for thread in (two, three)]
        go_on.set()
        assert (first.result(WITHIN), three.submit(write, "last").result(WITHIN)) == ("first", "last")
    assert (refused, names()) == ([Unavailable, Unavailable], ["first", "last"])
