"""On SQLite under gevent, writers and the feed each have a connection that stays out of the pool."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest.mock import Mock, patch

import pytest
from flask import Flask
from gevent import monkey
from sqlalchemy import Connection, text

from notifier import database
from notifier.errors import Unavailable
from notifier.extensions import db
from tests.databases import Databases

ADD = text("INSERT INTO groups (name, name_key, created_at) VALUES (:name, :name, '2030-01-01')")


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(autouse=True)
def worker() -> Iterator[None]:
    with patch.object(monkey, "is_module_patched", return_value=True):  # as in a gevent worker
        yield


@pytest.fixture
def connect(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Mock:
    """The calls that take a connection from the pool."""
    connect = Mock(wraps=db.engine.connect)
    monkeypatch.setattr(db.engine, "connect", connect)
    return connect


def names(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT name FROM groups ORDER BY name")))


def test_writers_and_readers_take_one_connection_each(app: Flask, connect: Mock) -> None:
    for name in "abc":
        with database.write() as transaction:
            transaction.execute(ADD, {"name": name})
        with database.read_at_once() as connection:
            assert names(connection)[-1] == name

    assert connect.call_count == 2
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_refusal_undoes_its_transaction_and_keeps_the_connection(app: Flask, connect: Mock) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), database.write() as transaction:
            transaction.execute(ADD, {"name": "a"})
            raise ZeroDivisionError

    assert connect.call_count == 1
    with database.read_at_once() as connection:
        assert names(connection) == []


def test_an_error_of_the_database_is_followed_by_another_connection(app: Flask, connect: Mock) -> None:
    with pytest.raises(Unavailable), database.write() as transaction:
        transaction.execute(text("INSERT INTO missing VALUES (1)"))
    with database.write() as transaction:
        transaction.execute(ADD, {"name": "a"})

    assert connect.call_count == 2


def test_a_forked_process_uses_no_connection_of_its_parent(app: Flask, connect: Mock) -> None:
    with database.read_at_once() as of_parent, patch.object(os, "getpid", return_value=0), database.read_at_once() as own:
        assert own is not of_parent
