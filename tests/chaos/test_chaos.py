"""A minute of random faults on PostgreSQL and Redis, 15 seconds on SQLite.

`make soak` runs longer, with more traffic.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest

from tests.chaos.report import report
from tests.chaos.stack import Stack, embedded, spread
from tests.chaos.trial import Plan, Trial
from tests.servers import NginxMissing, Notifier, PostgresMissing, RedisMissing

SEED = 20260101
# Every other second a process is killed or replaced: as forks they start for a tenth of the processor time.
forked_spread, forked_embedded = partial(spread, program=Notifier), partial(embedded, program=Notifier)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stack", "seconds"),
    [pytest.param(forked_spread, 60, marks=[pytest.mark.postgres, pytest.mark.redis]), (forked_embedded, 15)],
    ids=["spread", "embedded"],
)
@pytest.mark.timeout(900)
def test_under_random_faults_nothing_is_missing_out_of_order_or_doubled(
    stack: Callable[[], AbstractContextManager[Stack]], seconds: float
) -> None:
    try:
        with stack() as running:
            verdict = Trial(running, Plan(SEED, seconds, clients=20, sends=10)).run()
    except (NginxMissing, PostgresMissing, RedisMissing) as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    print(report(verdict))
    assert verdict.broken == []
    assert verdict.accepted > seconds / 2
