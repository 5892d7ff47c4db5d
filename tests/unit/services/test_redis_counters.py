"""Rate limits in Redis: counts that all processes share, and their end."""

from __future__ import annotations

import time

import pytest

from notifier.services.rate_limit_storage import RedisCounters
from tests.servers import Redis

pytestmark = pytest.mark.redis


def test_processes_share_counts_that_end_after_their_window(redis: Redis) -> None:
    here, there = RedisCounters(redis.url), RedisCounters(redis.url)
    before = time.time()

    assert [here.incr("shared", 60), there.incr("shared", 3600, 2), here.get("shared"), there.get("other")] == [1, 3, 3, 0]
    assert before + 58 < there.get_expiry("shared") < before + 120
    assert there.get_expiry("other") < before + 60


def test_given_back_counts_are_subtracted(redis: Redis) -> None:
    counters = RedisCounters(redis.url)
    counters.incr("given back", 60)

    assert counters.incr("given back", 60, -1) == counters.get("given back") == 0
