"""SQLite's COMMIT waits for the disk without stopping other greenlets; a new file is waited for."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import gevent
import pytest
from flask import Flask
from gevent import monkey
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.database import in_thread, prepared, sqlite
from tests.databases import Databases
from tests.unit.realtime.greenlets import until

WITHIN = 20.0
RENAMING = "UPDATE groups SET name = 'renamed'"
RENAME = database.Prepared(text(RENAMING))


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


class SlowDisk:
    """Holds a statement of a `write()`, as a rule the COMMIT, in its thread until `go_on`."""

    def __init__(self) -> None:
        self.statement = "COMMIT"
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, statement: str) -> None:
        if statement == self.statement:
            self.reached.set()
            assert self.go_on.wait(WITHIN)


@pytest.fixture
def disk(app: Flask) -> Iterator[SlowDisk]:
    disk = SlowDisk()
    with patch.object(monkey, "is_module_patched", return_value=True):  # as in a gevent worker
        yield disk
    disk.go_on.set()


def add_group(app: Flask, name: str, disk: SlowDisk) -> None:
    with app.app_context(), database.write() as connection:
        connection.execute(text("INSERT INTO groups (name, name_key, created_at) VALUES (:name, :name, '2030-01-01')"), {"name": name})
        dbapi = connection.connection.dbapi_connection
        assert dbapi is not None
        dbapi.set_trace_callback(disk)


def no_disk() -> SlowDisk:
    """Holds no statement."""
    disk = SlowDisk()
    disk.statement = ""
    return disk


def groups() -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(text("SELECT name FROM groups ORDER BY name")))


def test_readers_continue_during_a_commit_and_see_the_old_state(app: Flask, disk: SlowDisk) -> None:
    writing = gevent.spawn(add_group, app, "first", disk)
    until(disk.reached.is_set, within=WITHIN)
    assert groups() == []
    disk.go_on.set()
    writing.get(timeout=WITHIN)
    assert groups() == ["first"]


def test_interrupted_commit_is_waited_for(app: Flask, disk: SlowDisk) -> None:
    class TooLong(BaseException):
        pass

    writing = gevent.spawn(add_group, app, "second", disk)
    until(disk.reached.is_set, within=WITHIN)
    writing.kill(TooLong, block=False)
    gevent.sleep(0.001)
    assert not writing.ready()
    disk.go_on.set()
    until(writing.ready, within=WITHIN)
    assert isinstance(writing.exception, TooLong)
    assert groups() == ["second"]
    with database.write() as connection:
        connection.execute(text("DELETE FROM groups"))
    assert groups() == []


def rename_groups(app: Flask, disk: SlowDisk) -> None:
    """As a broadcast writes to hundreds of inboxes."""
    with app.app_context(), database.write() as connection:
        dbapi = connection.connection.dbapi_connection
        assert dbapi is not None
        dbapi.set_trace_callback(disk)
        database.execute_all(connection, [(RENAME, {})], long=True)


def test_readers_continue_while_hundreds_of_rows_are_written(app: Flask, disk: SlowDisk) -> None:
    add_group(app, "first", no_disk())
    disk.statement = RENAMING
    writing = gevent.spawn(rename_groups, app, disk)
    until(disk.reached.is_set, within=WITHIN)
    assert groups() == ["first"]
    disk.go_on.set()
    writing.get(timeout=WITHIN)
    assert groups() == ["renamed"]


def test_interrupted_write_of_hundreds_of_rows_is_rolled_back(app: Flask, disk: SlowDisk) -> None:
    add_group(app, "first", no_disk())
    disk.statement = RENAMING
    writing = gevent.spawn(rename_groups, app, disk)
    until(disk.reached.is_set, within=WITHIN)
    writing.kill(block=False)
    gevent.sleep(0.001)
    assert not writing.ready()
    disk.go_on.set()
    until(writing.ready, within=WITHIN)
    assert groups() == ["first"]


def test_error_of_a_write_of_hundreds_of_rows_reaches_its_writer(app: Flask, disk: SlowDisk) -> None:
    missing = database.Prepared(text("INSERT INTO memberships (group_id, user_id, manager) VALUES (404, 404, 0)"))
    with pytest.raises(IntegrityError), database.write() as connection:
        database.execute_all(connection, [(missing, {})], long=True)


def test_repeated_writer_does_not_starve_others(app: Flask, disk: SlowDisk) -> None:
    order: list[str] = []

    def write(name: str, times: int) -> None:
        with app.app_context():
            for _ in range(times):
                with database.write() as connection:
                    connection.execute(text("UPDATE groups SET name = name"))
                order.append(name)

    gevent.joinall([gevent.spawn(write, "many", 20), gevent.spawn(write, "one", 1)], timeout=WITHIN, raise_error=True)
    assert order.index("one") < 5


def test_all_commits_of_a_process_share_one_thread(app: Flask, disk: SlowDisk) -> None:
    in_thread._thread.cache_clear()
    with patch.object(in_thread, "_Thread", wraps=in_thread._Thread) as made:
        for _ in range(3):
            with database.write() as connection:
                connection.execute(text("UPDATE groups SET name = name"))
    assert made.call_count == 1


def test_failed_commit_raises_and_changes_nothing(app: Flask, disk: SlowDisk, capfd: pytest.CaptureFixture[str]) -> None:
    missing = "INSERT INTO memberships (group_id, user_id, manager) VALUES (404, 404, 0)"
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        connection.execute(text(missing))
    assert capfd.readouterr().err == ""
    with database.write() as connection:
        assert connection.scalar(text("SELECT count(*) FROM memberships")) == 0


def test_unexpected_error_of_a_commit_reaches_its_writer(app: Flask, disk: SlowDisk) -> None:
    disk.go_on.set()
    broken = patch.object(prepared, "execute", side_effect=ZeroDivisionError)
    with pytest.raises(ZeroDivisionError), broken, database.write() as connection:
        connection.execute(text("UPDATE groups SET name = name"))
    add_group(app, "third", disk)
    assert groups() == ["third"]


def test_new_file_is_opened_when_another_program_has_made_it(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other, closing(sqlite3.connect(file, timeout=0)) as connection:
        other.execute("CREATE TABLE made (id INTEGER)")
        other.execute("BEGIN EXCLUSIVE")
        with patch("notifier.database.sqlite.time.sleep", side_effect=lambda _: other.execute("COMMIT")) as waited:
            sqlite._set_up(connection, None)

        assert waited.call_count == 1
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
