"""What is counted, under Prometheus names. With several processes, `PROMETHEUS_MULTIPROC_DIR` (set by `notifier serve`) joins them."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

messages = Counter("notifier_messages", "Messages accepted.")
connections = Gauge("sse_connections_total", "Open streams.", multiprocess_mode="livesum")
bus_up = Gauge("notifier_bus_up", "1 while hints from other processes are heard (in all processes).", multiprocess_mode="livemin")
bus_ignored = Counter("notifier_bus_ignored_total", "Messages on our channels of the bus that were none of ours.")
unreadable = Counter("notifier_unreadable_total", "Changes passed over on streams, as `event: unreadable`: nobody can show them.")
breaker_state = Gauge(
    "notifier_breaker_state", "Towards the bus: 0 closed, 1 half-open, 2 open (the worst of all processes).", multiprocess_mode="livemax"
)


def exposition() -> bytes:
    """All metrics of all processes, in the text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
