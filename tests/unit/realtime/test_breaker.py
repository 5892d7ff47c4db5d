"""A breaker stops calls to a failing service and probes whether it is back."""

from __future__ import annotations

import pytest

from notifier.realtime.breaker import Breaker, State

REST = 10.0


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(failures=2, rest_seconds=REST)


@pytest.fixture
def open_at_0(breaker: Breaker) -> Breaker:
    breaker.failed(0)
    breaker.failed(0)
    return breaker


def test_one_failure_changes_nothing(breaker: Breaker) -> None:
    breaker.failed(0)

    assert breaker.state is State.CLOSED
    assert breaker.allows(0)


def test_failures_in_a_row_open_the_breaker_for_a_rest(open_at_0: Breaker) -> None:
    assert open_at_0.state is State.OPEN
    assert not open_at_0.allows(REST - 0.1)


def test_a_success_in_between_restarts_the_count(breaker: Breaker) -> None:
    breaker.failed(0)
    breaker.succeeded()
    breaker.failed(0)

    assert breaker.state is State.CLOSED


def test_after_the_rest_one_call_is_allowed_and_others_wait_for_its_outcome(open_at_0: Breaker) -> None:
    assert [open_at_0.allows(REST) for _ in range(3)] == [True, False, False]
    assert open_at_0.state is State.HALF_OPEN


def test_the_success_of_that_call_closes_the_breaker(open_at_0: Breaker) -> None:
    open_at_0.allows(REST)
    open_at_0.succeeded()

    assert open_at_0.state is State.CLOSED
    assert open_at_0.allows(REST)


def test_the_failure_of_that_call_opens_the_breaker_for_another_rest(open_at_0: Breaker) -> None:
    open_at_0.allows(REST)
    open_at_0.failed(REST + 1)

    assert open_at_0.state is State.OPEN
    assert not open_at_0.allows(2 * REST)
    assert open_at_0.allows(2 * REST + 1)


def test_a_call_that_never_reports_does_not_keep_the_breaker_open_for_ever(open_at_0: Breaker) -> None:
    assert open_at_0.allows(REST)
    assert open_at_0.allows(2 * REST)


def test_states_have_the_values_of_the_metric() -> None:
    assert [(state.name, int(state)) for state in State] == [("CLOSED", 0), ("HALF_OPEN", 1), ("OPEN", 2)]
