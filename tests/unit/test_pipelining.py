"""Statements that are queued go to PostgreSQL together with the next one whose result is needed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, bindparam, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from notifier import database
from notifier.errors import Unavailable
from notifier.models import Group
from notifier.models.columns import now
from tests.databases import Databases

pytestmark = pytest.mark.postgres
COLUMNS = ("name", "name_key", "managed", "created_at")
ADD = database.Prepared(insert(Group).inline().values({column: bindparam(column) for column in COLUMNS}))
COUNT = database.Prepared(select(func.count()).select_from(Group))
END_BACKEND = database.Prepared(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


def queue(transaction: Connection, name: str) -> None:
    ADD.queue(transaction, name=name, name_key=name, managed=False, created_at=now())


def backend(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def test_queued_statements_are_executed_before_the_next_one(app: Flask) -> None:
    with database.write() as transaction:
        queue(transaction, "a")
        assert COUNT.scalar(transaction) == 1
        queue(transaction, "b")
        assert transaction.scalar(select(func.count()).select_from(Group)) == 2  # by a cursor of psycopg
        queue(transaction, "c")
    assert database.lookup(COUNT)[0] == 3


def test_statements_queued_last_are_committed(app: Flask) -> None:
    with database.write() as transaction:
        queue(transaction, "a")
    assert database.lookup(COUNT)[0] == 1


def test_an_error_of_a_queued_statement_is_raised_by_the_next_one(app: Flask) -> None:
    with pytest.raises(IntegrityError) as raised, database.write() as transaction:
        queue(transaction, "a")
        queue(transaction, "a")
        queue(transaction, "b")
        COUNT.scalar(transaction)
    assert raised.value.orig is not None and "INSERT INTO groups" in raised.value.orig.__notes__[0]
    assert database.lookup(COUNT)[0] == 0


def test_an_error_of_a_queued_statement_is_raised_by_commit(app: Flask) -> None:
    with pytest.raises(IntegrityError), database.write() as transaction:
        queue(transaction, "a")
        queue(transaction, "a")
    assert database.lookup(COUNT)[0] == 0


def test_what_is_queued_when_a_transaction_fails_is_not_executed(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as transaction:
        queue(transaction, "a")
        raise ZeroDivisionError
    assert database.lookup(COUNT)[0] == 0


def test_statements_stay_prepared_over_a_failure(app: Flask) -> None:
    with pytest.raises(IntegrityError), database.write() as transaction:
        queue(transaction, "a")
        queue(transaction, "a")
    with database.write() as transaction:
        queue(transaction, "a")
        prepared = transaction.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO groups%'"))
    assert prepared == 1


def test_statements_are_prepared_again_after_a_change_of_tables(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as transaction:
        for _ in range(9):  # psycopg prepares it too, and deallocates everything after DDL
            transaction.scalar(text("SELECT 1"))
        assert COUNT.scalar(transaction) == 0
        transaction.execute(text("ALTER TABLE groups ADD COLUMN added int"))
        assert COUNT.scalar(transaction) == 0
        raise ZeroDivisionError


def test_a_snapshot_does_not_change_and_takes_no_writes(app: Flask) -> None:
    with database.read() as connection:
        assert COUNT.scalar(connection) == 0
        with database.write() as transaction:
            queue(transaction, "a")
        assert COUNT.scalar(connection) == 0
    with pytest.raises(Unavailable), database.read() as connection:
        queue(connection, "b")
        COUNT.scalar(connection)


def test_a_connection_that_ends_in_a_transaction_is_replaced(app: Flask) -> None:
    with pytest.raises(Unavailable), database.write() as transaction:
        queue(transaction, "a")
        END_BACKEND.scalar(transaction)
    assert database.lookup(COUNT)[0] == 0


def test_a_value_that_postgresql_cannot_store_is_refused_at_once(app: Flask) -> None:
    with pytest.raises(DBAPIError), database.write() as transaction:
        queue(transaction, "a\0")
        pytest.fail("it was queued")
