"""Connections to PostgreSQL that rested in the pool are asked whether they are still open."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import OperationalError
from sqlalchemy import Connection, text

from notifier import database
from notifier.database import postgres
from notifier.extensions import db
from tests.databases import Databases

pytestmark = pytest.mark.postgres
GROUPS = database.Prepared(text("SELECT count(*) FROM groups"))


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.fixture
def pings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that were asked whether they are open."""
    found: list[Any] = []
    monkeypatch.setattr(db.engine.dialect, "do_ping", found.append)
    return found


def test_the_connection_that_rested_least_is_used_again(app: Flask) -> None:
    """Its server process has the plans of most statements already."""
    with database.read() as first, database.read() as second:
        backends = [backend(first), backend(second)]
    with database.read() as connection:
        assert backend(connection) == backends[0]  # it was returned last
    with database.read() as connection:
        assert backend(connection) == backends[0]


def test_as_many_statements_as_a_server_has_stay_prepared(app: Flask) -> None:
    statements = [database.Prepared(text(f"SELECT {number}, count(*) FROM groups")) for number in range(150)]
    for statement in statements * 7:  # the driver prepares what it has executed five times
        database.lookup(statement)
    with database.read() as connection:
        prepared = connection.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%count(*) FROM groups%'"))
        assert prepared == len(statements)


def backend(connection: Connection) -> int:
    bare: Any = connection.connection.dbapi_connection
    return int(bare.info.backend_pid)


def test_a_connection_that_was_just_used_is_not_asked(app: Flask, pings: list[Any]) -> None:
    database.lookup(GROUPS)
    pings.clear()
    database.lookup(GROUPS)
    assert not pings


def test_a_connection_that_rested_is_asked(app: Flask, pings: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    database.lookup(GROUPS)
    pings.clear()
    monkeypatch.setattr(postgres, "_FRESH_SECONDS", 0.0)
    database.lookup(GROUPS)
    assert len(pings) == 1


@pytest.mark.parametrize("fresh_seconds", [0.0, 60.0])
def test_a_connection_that_the_server_has_ended_is_replaced(app: Flask, monkeypatch: pytest.MonkeyPatch, fresh_seconds: float) -> None:
    monkeypatch.setattr(postgres, "_FRESH_SECONDS", fresh_seconds)
    with database.read() as connection:
        bare: Any = connection.connection.dbapi_connection
        ended = bare.info.backend_pid
    with psycopg.connect(bare.info.dsn, password=bare.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])  # and wait until it has ended

    assert database.lookup(GROUPS)[0] == 0
    with pytest.raises(OperationalError):
        bare.execute("SELECT 1")


def test_a_connection_that_was_closed_here_is_replaced(app: Flask) -> None:
    with database.read() as connection:
        bare: Any = connection.connection.dbapi_connection
    bare.close()
    assert database.lookup(GROUPS)[0] == 0
