"""Statistics of the last day: counts in slices of ten minutes, quantiles from buckets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from notifier import database, metrics
from notifier.models import Figure
from notifier.models.columns import now
from notifier.services.hints import stream_server
from notifier.services.maintenance import statistics
from notifier.services.streams import presence
from tests import statements


@pytest.fixture(autouse=True)
def clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each reading of the hub's clock is an hour after the last one: tests wait for no pause."""
    hours = itertools.count(step=3600.0)
    presence.step()
    monkeypatch.setattr(stream_server().hub, "clock", lambda: next(hours))
    statistics.step()
    yield


def count(messages: int = 0, written: int = 0, errors: int = 0, seconds: tuple[float, ...] = ()) -> None:
    metrics.messages.inc(messages)
    metrics.messages_sent.labels("notification").inc(written)
    metrics.messages_sent.labels("heartbeat").inc(100)
    metrics.requests.labels("GET", "/", "500").inc(errors)
    metrics.requests.labels("GET", "/", "200").inc(100)
    for second in seconds:
        metrics.delivery_seconds.observe(second)


def test_counts_are_stored_and_added_up() -> None:
    count(messages=2, written=5, errors=1, seconds=(0.02, 0.02))
    statistics.step()
    count(messages=1, seconds=(0.02,))
    statistics.step()
    day = statistics.last_day()

    assert (day.messages, day.written, day.errors, day.processes) == (3, 5, 1, 1)
    assert day.p95 is not None and 0.01 < day.p95 < 0.025
    assert (day.hours[-1].messages, sum(hour.messages for hour in day.hours)) == (3, 3)


def test_unchanged_counts_are_not_committed() -> None:
    count(messages=1)
    statistics.step()
    metrics.messages_sent.labels("heartbeat").inc()
    with statements.noted() as executed:
        statistics.step()

    assert executed == []


def test_old_counts_are_ignored_after_a_day_and_removed_after_two() -> None:
    count(messages=1)
    statistics.step()
    with database.write() as transaction:
        transaction.execute(update(Figure).values(at=now() - timedelta(hours=25)))
    count(messages=1)
    statistics.step()
    assert statistics.last_day().messages == 1
    with database.write() as transaction:
        transaction.execute(update(Figure).where(Figure.at < now() - timedelta(hours=1)).values(at=now() - timedelta(hours=49)))
    statistics.purge_step()

    with database.read() as connection:
        assert len(connection.execute(Figure.__table__.select()).all()) == 1


def test_hours_contain_their_counts_and_the_maximum_of_streams() -> None:
    count(messages=4)
    statistics.step()
    hour = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    with database.write() as transaction:
        transaction.execute(update(Figure).values(at=hour, streams=7))
    day = statistics.last_day()

    assert [(found.at, found.messages, found.streams) for found in day.hours if found.messages] == [(hour, 4, 7)]
    assert len(day.hours) == 24


@pytest.mark.parametrize(
    ("share", "buckets", "found"),
    [
        (0.5, {}, None),
        (0.5, {"0.1": 0, "+Inf": 0}, None),
        (0.5, {"0.1": 10, "+Inf": 10}, 0.05),
        (0.95, {"0.1": 90, "0.2": 100, "+Inf": 100}, 0.15),
        (0.5, {"0.1": 0, "0.2": 4, "+Inf": 4}, 0.15),
        (0.95, {"0.1": 1, "10.0": 1, "+Inf": 100}, 10.0),
    ],
)
def test_quantile_interpolates_within_a_bucket(share: float, buckets: dict[str, int], found: float | None) -> None:
    assert statistics.quantile(share, buckets) == (found if found is None else pytest.approx(found))
