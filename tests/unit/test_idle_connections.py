"""Under gevent, connections to PostgreSQL stay at hand between transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import DEFAULT, Mock, patch

import psycopg
import pytest
from flask import Flask
from gevent import monkey
from sqlalchemy import Connection, func, select, text

from notifier import database
from notifier.database import bounded, idle_connections
from notifier.errors import Unavailable
from notifier.extensions import db
from notifier.models import Group
from tests.databases import Databases

pytestmark = pytest.mark.postgres
GROUPS = database.Prepared(select(func.count()).select_from(Group))
SLEEP = database.Prepared(text("SELECT pg_sleep(60)"))


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.fixture(autouse=True)
def worker(app: Flask) -> Iterator[None]:
    with patch.object(monkey, "is_module_patched", return_value=True):  # as in a gevent worker
        yield
    close_idle()


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """The calls that take a connection from the pool."""
    connect = Mock(wraps=db.engine.connect)
    monkeypatch.setattr(db.engine, "connect", connect)
    return connect


def close_idle() -> None:
    connections = idle_connections._idle(db.engine, os.getpid()).connections
    while connections:
        connections.pop()[0].close()


def rest() -> None:
    """As if connections at hand had not been used for long."""
    idle = idle_connections._idle(db.engine, os.getpid())
    idle.connections[:] = [(connection, 0.0) for connection, _ in idle.connections]


def backend(connection: Connection) -> int:
    bare: Any = connection.connection.dbapi_connection
    return int(bare.info.backend_pid)


def test_transactions_one_after_the_other_use_one_connection(connect: Mock) -> None:
    for _ in range(3):
        with database.write() as transaction:
            GROUPS.scalar(transaction)
        with database.read() as connection:
            GROUPS.scalar(connection)
        database.lookup(GROUPS)
    with pytest.raises(ZeroDivisionError), database.write() as transaction:
        GROUPS.scalar(transaction)
        raise ZeroDivisionError
    assert connect.call_count == 1


def test_no_more_connections_are_used_than_the_pool_may_have() -> None:
    limit = db.engine.pool.size()  # type: ignore[attr-defined]
    with ExitStack() as life:
        for _ in range(limit):
            life.enter_context(database.read())
        with patch.object(idle_connections._idle(db.engine, os.getpid()), "_timeout", 0.01), pytest.raises(Unavailable):
            life.enter_context(database.read())
    assert database.lookup(GROUPS)[0] == 0
    assert idle_connections.idle(db.engine) == limit


def test_a_connection_that_the_server_has_ended_is_replaced() -> None:
    with database.read() as connection:
        bare: Any = connection.connection.dbapi_connection
        ended = backend(connection)
    with psycopg.connect(bare.info.dsn, password=bare.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])  # and wait until it has ended

    with database.read() as connection:
        assert backend(connection) != ended


def test_a_connection_that_rested_is_asked_whether_it_is_open(connect: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    database.lookup(GROUPS)
    ping = Mock(wraps=db.engine.dialect.do_ping)
    monkeypatch.setattr(db.engine.dialect, "do_ping", ping)
    database.lookup(GROUPS)
    assert ping.call_count == 0

    rest()
    database.lookup(GROUPS)
    assert (ping.call_count, connect.call_count) == (1, 1)

    rest()
    ping.side_effect = [psycopg.OperationalError, DEFAULT, DEFAULT]
    database.lookup(GROUPS)
    assert connect.call_count == 2


def test_a_connection_without_an_answer_in_time_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with database.read() as connection:
        left = backend(connection)
    monkeypatch.setattr(bounded, "ANSWER_TIMEOUT_SECONDS", 0.1)
    for statement in (SLEEP.scalar, lambda transaction: transaction.execute(text("SELECT pg_sleep(60)"))):
        with pytest.raises(Unavailable), database.write() as transaction:
            statement(transaction)
    with database.read() as connection:
        assert backend(connection) != left


def test_a_forked_process_uses_no_connection_of_its_parent() -> None:
    with database.read() as of_parent:
        pass
    with patch.object(os, "getpid", return_value=0), database.read() as own:
        assert own is not of_parent
    with patch.object(os, "getpid", return_value=0):
        close_idle()
