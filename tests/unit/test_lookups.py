"""On SQLite single statements that read share a connection of their own."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import Mock, patch

import pytest
from flask import Flask
from gevent import monkey
from sqlalchemy import text

from notifier import database
from notifier.errors import Unavailable
from notifier.extensions import db
from tests.databases import Databases

GROUPS = database.Prepared(text("SELECT count(*) FROM groups"))
MISSING = database.Prepared(text("SELECT * FROM missing"))


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture
def worker() -> Iterator[None]:
    with patch.object(monkey, "is_module_patched", return_value=True):  # as in a gevent worker
        yield


def add_group(name: str) -> None:
    with database.write() as connection:
        connection.execute(text("INSERT INTO groups (name, name_key, created_at) VALUES (:name, :name, '2030-01-01')"), {"name": name})


def test_a_lookup_sees_what_was_committed_before_it(app: Flask, worker: None) -> None:
    assert database.lookup(GROUPS)[0] == 0
    add_group("ours")
    assert database.lookup(GROUPS)[0] == 1


def test_a_lookup_that_fails_is_followed_by_one_that_succeeds(app: Flask, worker: None) -> None:
    assert database.lookup(GROUPS)[0] == 0
    with pytest.raises(Unavailable):
        database.lookup(MISSING)
    assert database.lookup(GROUPS)[0] == 0


def test_lookups_leave_the_pool_whole(app: Flask, worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = Mock(wraps=db.engine.connect)
    monkeypatch.setattr(db.engine, "connect", connect)
    for _ in range(3):
        database.lookup(GROUPS)
    assert connect.call_count == 1
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
