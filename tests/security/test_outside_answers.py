"""What other servers answer is kept and shown: a user's device may be any of them."""

from __future__ import annotations

import pytest
from flask import Flask

from notifier.channels.ports import Outcome, Result
from notifier.services.accounts import users
from notifier.services.outbox import administration, claims, deliveries
from notifier.services.outbox.targets import EMAIL
from tests.databases import Databases

ANSWER = "400 \0\x1b]0;owned\x07\r\nBcc: x\u202e" + "y" * 1000


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Both: PostgreSQL refuses a NUL, and a sender would try to note such an answer for ever."""
    chosen: Databases = request.getfixturevalue(f"{request.param}_databases")
    return chosen


@pytest.mark.security("S4", "S55")
def test_answer_of_a_service_is_kept_as_one_line_without_control_characters(app: Flask) -> None:
    alice = users.create_user("alice", "correct horse battery staple")
    deliveries.send_test(alice, "alice@example.com")
    (claimed,), _ = claims.claim(EMAIL)

    deliveries.settle(claimed, Outcome(Result.REFUSED, ANSWER))

    (listed,), _ = administration.listing(limit=10)
    assert listed.state == "given_up"
    assert listed.answer.startswith("400 ]0;owned Bcc: x y") and listed.answer.isprintable() and len(listed.answer) == 300
