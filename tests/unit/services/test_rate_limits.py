"""Rate limits: counted per name and rate, refused above the limit with a time to retry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from notifier.errors import TooMany
from notifier.services.rate_limits import Rates, rates, register
from tests.waiting import eventually


@pytest.fixture
def counter() -> Iterator[Rates]:
    """Rates of an application with a SEND_RATE of two a minute and no LOGIN_RATE."""
    app = Flask("counting")
    app.config.update(SEND_RATE="2/minute", STREAM_RATE="1/second", LOGIN_RATE="off")
    register(app)
    with app.app_context():
        yield rates()


def test_count_raises_above_the_rate(counter: Rates) -> None:
    counter.count("SEND_RATE", "alice")
    counter.count("SEND_RATE", "alice")

    with pytest.raises(TooMany):
        counter.count("SEND_RATE", "alice")


def test_refusal_has_a_retry_after_that_holds(counter: Rates) -> None:
    counter.count("STREAM_RATE", "alice")
    with pytest.raises(TooMany) as refusal:
        counter.count("STREAM_RATE", "alice")

    assert refusal.value.retry_after in (1, 2)
    eventually(lambda: allowed(counter.count, "STREAM_RATE", "alice"), within=refusal.value.retry_after + 0.5)


def test_users_are_counted_separately(counter: Rates) -> None:
    use_up(counter, "alice")

    assert allowed(counter.count, "SEND_RATE", "bob")


def test_parts_with_a_slash_are_not_confused(counter: Rates) -> None:
    use_up(counter, "account", "a/b")

    assert allowed(counter.count, "SEND_RATE", "account", "a", "b")


def test_rates_are_counted_separately(counter: Rates) -> None:
    use_up(counter, "alice")

    assert allowed(counter.count, "STREAM_RATE", "alice")


def test_rate_off_never_refuses(counter: Rates) -> None:
    assert all(allowed(counter.count, "LOGIN_RATE", "alice") for _ in range(100))


def test_check_does_not_count(counter: Rates) -> None:
    for _ in range(10):
        counter.check("SEND_RATE", "alice")

    assert counter.used("SEND_RATE", "alice") == 0


def test_check_raises_when_the_rate_is_used_up(counter: Rates) -> None:
    use_up(counter, "alice")

    assert not allowed(counter.check, "SEND_RATE", "alice")


def test_note_counts_and_never_refuses(counter: Rates) -> None:
    for _ in range(3):
        counter.note("SEND_RATE", "alice")

    assert not allowed(counter.check, "SEND_RATE", "alice")


def use_up(counter: Rates, *who: str) -> None:
    counter.count("SEND_RATE", *who)
    counter.count("SEND_RATE", *who)


def allowed(ask: Callable[..., None], rate: str, *who: str) -> bool:
    try:
        ask(rate, *who)
    except TooMany:
        return False
    return True
