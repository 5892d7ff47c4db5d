"""Rate limits in memory: windows, and the cost of an operation among many keys."""

from __future__ import annotations

from notifier.services.memory_counters import MemoryCounters


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_count_is_reset_after_its_window() -> None:
    clock = Clock()
    counters = MemoryCounters(clock)
    assert [counters.incr("a", 60), counters.incr("a", 60, 2), counters.get("a"), counters.get_expiry("a")] == [1, 3, 3, 1060.0]
    clock.now = 1060.0
    assert counters.get("a") == 0
    assert [counters.incr("a", 60), counters.get_expiry("a")] == [1, 1120.0]
    clock.now = 1090.0
    assert [counters.incr("b", 60), counters.get("a")] == [1, 1]


def test_given_back_counts_are_subtracted() -> None:
    counters = MemoryCounters(Clock())
    counters.incr("a", 60)
    assert counters.incr("a", 60, -1) == counters.get("a") == 0


def test_expired_keys_are_forgotten_a_few_at_a_time() -> None:
    clock = Clock()
    counters = MemoryCounters(clock)
    for number in range(10_000):
        counters.incr(f"old {number}", 60)
    clock.now += 60
    before = len(counters)
    counters.incr("new", 60)
    assert before - 10 <= len(counters) < before
    for number in range(2000):
        counters.incr(f"new {number}", 60)
    assert len(counters) == 2001
