"""How often somebody may do something."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from notifier.errors import TooMany
from notifier.services.rate_limits import Rates, rates, register
from tests.waiting import eventually


@pytest.fixture
def counter() -> Iterator[Rates]:
    """Of an application whose SEND_RATE is two in a minute, and others are none."""
    app = Flask("counting")
    app.config.update(SEND_RATE="2/minute", STREAM_RATE="1/second", LOGIN_RATE="off")
    register(app)
    with app.app_context():
        yield rates()


def test_as_many_as_the_rate_are_let_through_and_no_more(counter: Rates) -> None:
    counter.count("SEND_RATE", "alice")
    counter.count("SEND_RATE", "alice")

    with pytest.raises(TooMany):
        counter.count("SEND_RATE", "alice")


def test_a_refusal_says_when_to_come_back(counter: Rates) -> None:
    counter.count("STREAM_RATE", "alice")
    with pytest.raises(TooMany) as refusal:
        counter.count("STREAM_RATE", "alice")

    assert refusal.value.retry_after in (1, 2)
    eventually(lambda: allowed(counter.count, "STREAM_RATE", "alice"), within=refusal.value.retry_after + 0.5)


def test_everybody_is_counted_apart(counter: Rates) -> None:
    use_up(counter, "alice")

    assert allowed(counter.count, "SEND_RATE", "bob")


def test_parts_of_a_name_do_not_run_together(counter: Rates) -> None:
    use_up(counter, "account", "a/b")

    assert allowed(counter.count, "SEND_RATE", "account", "a", "b")


def test_each_rate_is_counted_apart(counter: Rates) -> None:
    use_up(counter, "alice")

    assert allowed(counter.count, "STREAM_RATE", "alice")


def test_a_rate_that_is_off_lets_everything_through(counter: Rates) -> None:
    assert all(allowed(counter.count, "LOGIN_RATE", "alice") for _ in range(100))


def test_checking_counts_nothing(counter: Rates) -> None:
    for _ in range(10):
        counter.check("SEND_RATE", "alice")

    assert counter.used("SEND_RATE", "alice") == 0


def test_checking_refuses_who_has_used_it_up(counter: Rates) -> None:
    use_up(counter, "alice")

    assert not allowed(counter.check, "SEND_RATE", "alice")


def test_noting_counts_and_never_refuses(counter: Rates) -> None:
    for _ in range(3):
        counter.note("SEND_RATE", "alice")

    assert not allowed(counter.check, "SEND_RATE", "alice")


def test_what_is_given_back_may_be_used_again(counter: Rates) -> None:
    use_up(counter, "alice")

    counter.give_back("SEND_RATE", "alice")

    assert allowed(counter.count, "SEND_RATE", "alice")


def use_up(counter: Rates, *who: str) -> None:
    counter.count("SEND_RATE", *who)
    counter.count("SEND_RATE", *who)


def allowed(ask: Callable[..., None], rate: str, *who: str) -> bool:
    try:
        ask(rate, *who)
    except TooMany:
        return False
    return True
