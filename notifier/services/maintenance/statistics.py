"""Statistics of the last 24 hours.

Each process adds its counts to a row of its own for every ten minutes: a bounded table.
The counts are read from the metrics, so requests pay nothing for them; a row is written only when counts have changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.samples import Sample
from sqlalchemy import delete, func, insert, select, update

from notifier import database, metrics
from notifier.models import Figure, Process, StreamVisit
from notifier.services.hints import stream_server
from notifier.services.streams import presence

_SHOWN_PERIOD = timedelta(hours=24)
_FIGURES_KEPT = timedelta(hours=48)
_WRITE_INTERVAL_SECONDS = 2.0
_COUNTED = "notifier.figures"


@dataclass
class Counted:
    """Counts of this process.

    `delivery`: by upper bound of a bucket, as text; each bucket includes those before it.
    """

    messages: int = 0
    written: int = 0
    errors: int = 0
    delivery: Counter[str] = field(default_factory=Counter)


@dataclass
class Written:
    """The counts `before`, written at `at` of the hub's clock, and the maximum of open streams since."""

    before: Counted
    at: float
    streams: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """Counts of one hour. `streams`: the maximum open at once. `p95`: as in `Day`."""

    at: datetime
    messages: int
    written: int
    streams: int
    errors: int
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """Counts of the last 24 hours. `open_now`: streams; `hours`: the oldest first.

    `timed`: how many deliveries were timed. `p95`: of their seconds from commit to socket; None where nothing was written.
    """

    messages: int
    written: int
    errors: int
    open_now: int
    processes: int
    p95: float | None
    timed: int
    hours: list[Hour]


def step() -> bool:
    """Add the counts since the last write to this process's row. False: there is never more to do."""
    hub, written = stream_server().hub, current_app.extensions.get(_COUNTED)
    if written is None:
        written = current_app.extensions[_COUNTED] = Written(_count(), hub.clock())
    written.streams = max(written.streams, hub.count)
    me = presence.process()
    if me is None or hub.clock() < written.at + _WRITE_INTERVAL_SECONDS:
        return False
    now_counted, written.at = _count(), hub.clock()
    if now_counted == written.before:
        return False
    with database.write() as transaction:
        at = _slice_of(database.clock(transaction))
        this = (Figure.process_id == me) & (Figure.at == at)
        row = transaction.execute(select(Figure.__table__).where(this)).one_or_none()
        values = _added(row, now_counted, written)
        if row is None:
            transaction.execute(insert(Figure).values(process_id=me, at=at, **values))
        else:
            transaction.execute(update(Figure).where(this).values(**values))
    written.before, written.streams = now_counted, hub.count
    return False


def purge_step() -> bool:
    """Remove rows that are older than what pages show. False: there is never more to do."""
    with database.write() as transaction:
        transaction.execute(delete(Figure).where(Figure.at < database.clock(transaction) - _FIGURES_KEPT))
    return False


def last_day() -> Day:
    """Add up the last 24 hours of all processes."""
    with database.read() as connection:
        now = database.clock(connection)
        rows = connection.execute(select(Figure.__table__).where(Figure.at > now - _SHOWN_PERIOD)).all()
        alive = select(func.count()).select_from(Process).where(Process.ended_at.is_(None))
        open_now = select(func.count()).select_from(StreamVisit).join(Process, Process.id == StreamVisit.process_id)
        open_now = open_now.where(StreamVisit.closed_at.is_(None), Process.ended_at.is_(None))
        processes, streams = connection.scalar(alive) or 0, connection.scalar(open_now) or 0
    delivery: Counter[str] = Counter()
    for row in rows:
        delivery.update(row.delivery)
    return Day(
        messages=sum(row.messages for row in rows),
        written=sum(row.written for row in rows),
        errors=sum(row.errors for row in rows),
        open_now=streams,
        processes=processes,
        p95=quantile(0.95, delivery),
        timed=max(delivery.values(), default=0),
        hours=_hours(rows, now),
    )


def quantile(share: float, buckets: Mapping[str, int]) -> float | None:
    """The value below which `share` of the counts lie, interpolated linearly within its bucket.

    None without counts.
    """
    bounds = sorted((float(bound), count) for bound, count in buckets.items())
    if not bounds or not bounds[-1][1]:
        return None
    wanted = share * bounds[-1][1]
    low, below = 0.0, 0
    for bound, count in bounds:
        if count >= wanted and count > below:
            return low if bound == float("inf") else low + (bound - low) * (wanted - below) / (count - below)
        low, below = bound, count
    return low


def _count() -> Counted:
    found = Counted()
    for sample in _samples(metrics.messages):
        found.messages += int(sample.value)
    for sample in _samples(metrics.messages_sent):
        found.written += int(sample.value) if sample.labels.get("event_type") == "notification" else 0
    for sample in _samples(metrics.requests):
        found.errors += int(sample.value) if sample.labels.get("status", "").startswith("5") else 0
    for sample in _samples(metrics.delivery_seconds):
        if "le" in sample.labels:
            found.delivery[sample.labels["le"]] += int(sample.value)
    return found


def _samples(metric: MetricWrapperBase) -> Iterator[Sample]:
    """The samples of this process alone."""
    for family in metric.collect():
        yield from (sample for sample in family.samples if not sample.name.endswith(("_created", "_sum", "_count")))


def _added(row: Any, now: Counted, written: Written) -> dict[str, Any]:
    """Return the hourly row's values plus what was counted since the last write (`written`)."""
    old: Mapping[str, Any] = row._mapping if row is not None else {"messages": 0, "written": 0, "errors": 0, "streams": 0, "delivery": {}}
    values = {name: old[name] + getattr(now, name) - getattr(written.before, name) for name in ("messages", "written", "errors")}
    delivery = {bound: old["delivery"].get(bound, 0) + count - written.before.delivery[bound] for bound, count in now.delivery.items()}
    return values | {"streams": max(old["streams"], written.streams), "delivery": delivery}


def _hours(rows: Iterable[Any], now: datetime) -> list[Hour]:
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    found = []
    for number in range(24):
        start = first + timedelta(hours=number)
        slices: dict[datetime, int] = {}
        sums, delivery = Counter[str](), Counter[str]()
        for row in rows:
            if start <= row.at < start + timedelta(hours=1):
                sums.update(messages=row.messages, written=row.written, errors=row.errors)
                delivery.update(row.delivery)
                slices[row.at] = slices.get(row.at, 0) + row.streams
        streams = max(slices.values(), default=0)
        found.append(Hour(start, sums["messages"], sums["written"], streams, sums["errors"], quantile(0.95, delivery)))
    return found


def _slice_of(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute - instant.minute % 10, second=0, microsecond=0)
