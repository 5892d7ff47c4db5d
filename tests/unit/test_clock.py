"""The clock of PostgreSQL, which each connection reads once a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from notifier import database
from notifier.database import engine
from tests.databases import Databases

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


class Clock:
    """The monotonic clock of `database.clock`, moved by the test. `readings`: how often the database was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moved, self.readings, self.delay = 0.0, 0, 0.0
        self._ask: Callable[..., Any] = engine._CLOCK.scalar
        monkeypatch.setattr(engine, "_CLOCK", self)
        started = time.monotonic()
        monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=lambda: started + self.moved))

    def scalar(self, connection: Connection) -> Any:
        self.readings += 1
        self.moved += self.delay
        return self._ask(connection)


@pytest.fixture
def clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Clock:
    with database.read() as connection:
        connection.info.clear()
    return Clock(monkeypatch)


def test_a_connection_counts_on_from_its_last_reading(clock: Clock) -> None:
    with database.read() as connection:
        first = database.clock(connection)
        clock.moved += 0.9
        assert database.clock(connection) - first == timedelta(seconds=0.9)
        assert clock.readings == 1
        clock.moved += 0.2
        database.clock(connection)
        assert clock.readings == 2


def test_it_is_never_early(clock: Clock) -> None:
    clock.delay = 0.004  # a reading is kept from when it arrived, not from when it was asked for
    with database.read() as connection:
        assert database.clock(connection) <= connection.scalar(text("SELECT clock_timestamp()"))
        assert database.clock(connection) <= connection.scalar(text("SELECT clock_timestamp()"))


def test_a_reading_that_took_long_is_not_kept(clock: Clock) -> None:
    clock.delay = 0.006
    with database.read() as connection:
        database.clock(connection)
        database.clock(connection)
    assert clock.readings == 2
