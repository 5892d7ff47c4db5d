"""Prometheus metrics.

With several processes, `PROMETHEUS_MULTIPROC_DIR` (set by `notifier serve`) joins their values.
Writing a sample costs some microseconds, about as much as writing an event to a socket: events of many streams at once are summed
first and counted once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import prometheus_client
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from notifier import __version__

_STARTED = "process_start_time_seconds"
_DELIVERY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60)
_LIFE_BUCKETS = (1, 10, 60, 300, 900, 1800, 3600, 14_400, 86_400)
_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# Not the registry of all programs: an application that this server is inside of may have metrics of the same names.
registry = CollectorRegistry()
ProcessCollector(registry=registry)
Counter = partial(prometheus_client.Counter, registry=registry)
Gauge = partial(prometheus_client.Gauge, registry=registry)
Histogram = partial(prometheus_client.Histogram, registry=registry)

messages = Counter("notifier_messages", "Messages accepted.")
connections = Gauge("sse_connections_total", "Open streams.", multiprocess_mode="livesum")
messages_sent = Counter("sse_messages_sent_total", "Events written to streams.", ["event_type"])
connection_seconds = Histogram("sse_connection_duration_seconds", "How long streams were open.", buckets=_LIFE_BUCKETS)
openings = Counter(
    "sse_reconnection_attempts_total", "Streams opened with a usable (resume), an unusable (reset), no (new) cursor.", ["reason"]
)
delivery_seconds = Histogram(
    "notifier_delivery_seconds", "From the write of a change to the sockets of its recipients.", buckets=_DELIVERY_BUCKETS
)
streams_closed = Counter("notifier_streams_closed_total", "Streams that ended.", ["reason"])
backlog_bytes = Gauge("notifier_backlog_bytes", "Bytes that slow clients have not taken yet.", multiprocess_mode="livesum")
bus_up = Gauge("notifier_bus_up", "1 while hints from other processes are received (in all processes).", multiprocess_mode="livemin")
bus_ignored = Counter("notifier_bus_ignored_total", "Messages in another format on the channels of the bus.")
unreadable = Counter("notifier_unreadable_total", "Changes sent as `event: unreadable`, because they failed to render.")
breaker_state = Gauge(
    "notifier_breaker_state", "Towards the bus: 0 closed, 1 half-open, 2 open (the worst of all processes).", multiprocess_mode="livemax"
)
deliveries = Counter("notifier_deliveries_total", "Attempts and ends of deliveries on other channels.", ["channel", "outcome"])
outbox_waiting = Gauge("notifier_outbox_waiting", "Deliveries that wait.", ["channel"], multiprocess_mode="livemax")
outbox_age = Gauge(
    "notifier_outbox_age_seconds", "How long the oldest waiting delivery has been due.", ["channel"], multiprocess_mode="livemax"
)
requests = Counter("http_requests_total", "Requests answered; a stream counts when it begins.", ["method", "route", "status"])
request_seconds = Histogram("http_request_duration_seconds", "From request to answer.", ["method", "route"], buckets=_REQUEST_BUCKETS)

build_info = Gauge("notifier_build_info", "1, with the version of the program.", ["version"], multiprocess_mode="livemax")
db_pool = Gauge("notifier_db_pool", "Database connections: in use, idle, and the limit.", ["state"], multiprocess_mode="livesum")
fanout_waiting = Gauge("notifier_fanout_waiting", "Notifications of accepted messages that are due.", multiprocess_mode="livemax")
build_info.labels(__version__).set(1)

# Labels exist from the start: an event that has not happened yet is 0, not missing.
for _event in ("connected", "notification", "state", "reset", "heartbeat", "progress", "bye"):
    messages_sent.labels(_event)
for _outcome in ("sent", "skipped", "given_up", "later", "unreachable"):
    deliveries.labels("email", _outcome)
    deliveries.labels("destination", _outcome)
for _reason in ("resume", "reset", "new"):
    openings.labels(_reason)
for _reason in ("gone", "slow", "expired", "revoked", "rotated", "disabled", "shutdown", "finished", "reset"):
    streams_closed.labels(_reason)


def count(counter: prometheus_client.Counter, sums: Mapping[str, int]) -> None:
    """Add `sums` to a counter, by the value of its only label."""
    for value, times in sums.items():
        counter.labels(value).inc(times)


def exposition() -> bytes:
    """The metrics of all processes in the text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(registry)
    of_all_processes = CollectorRegistry()
    MultiProcessCollector(of_all_processes)  # type: ignore[no-untyped-call]
    of_all_processes.register(_Processes(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])))
    return generate_latest(of_all_processes)


class _Processes(Collector):
    """Processor time, memory and descriptors, summed over the processes that serve this instance."""

    def __init__(self, directory: Path) -> None:
        self._pids = {file.stem.rpartition("_")[2] for file in directory.glob("gauge_live*_*.db")}

    def collect(self) -> Iterator[Metric]:
        summed: dict[str, Metric] = {}
        for pid in self._pids:
            for family in ProcessCollector(pid=partial(str, pid), registry=None).collect():
                sample = family.samples[0]
                into = summed.setdefault(family.name, family)
                if into is not family:
                    old = into.samples[0]
                    value = min(old.value, sample.value) if family.name == _STARTED else old.value + sample.value
                    into.samples[0] = old._replace(value=value)
        yield from summed.values()
