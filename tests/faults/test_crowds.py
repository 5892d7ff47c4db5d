"""Crowds of the size a test can wait for.

`make soak` has thousands and checks the slowest delivery; here other tests load the machine, so the median.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from statistics import median

import pytest

from tests.chaos import crowds
from tests.chaos.crowds import Place
from tests.servers import RedisMissing

pytestmark = [pytest.mark.slow, pytest.mark.redis]

PROMPT = 1.0
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    try:
        with crowds.place() as place:
            yield place
    except RedisMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


def test_reconnect_storm_does_not_delay_others(place: Place) -> None:
    told, _ = crowds.storm(place, 400)
    assert median(told.seconds) < PROMPT, told


@pytest.mark.security("S44")
def test_unauthorised_attempts_do_not_delay_others(place: Place) -> None:
    told = crowds.attempts(place, 400)
    assert median(told.seconds) < PROMPT, told


def test_deaf_and_vanished_clients_cost_little(place: Place) -> None:
    told, grown = crowds.never_reading(place, 10)
    assert median(told.seconds) < PROMPT, told
    assert grown < 10 * MEGABYTE


def test_connection_churn_leaks_nothing(place: Place) -> None:
    churn = crowds.churn(place, 1000)
    # The first census can be higher: greenlets of earlier requests were waiting on kept-alive connections.
    grown = {what: churn.grown(what) for what in ("greenlets", "descriptors", "subscriptions")}
    assert max(grown.values()) <= 0, (grown, churn)
