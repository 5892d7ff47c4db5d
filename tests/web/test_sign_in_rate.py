"""The rate of sign-in attempts on the page."""

from __future__ import annotations

import httpx
import pytest

from tests.people import PASSWORD
from tests.web.conftest import Visit, sign_in

RATE = 3


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"LOGIN_RATE": f"{RATE}/hour"}


def test_too_many_wrong_passwords_return_429_with_retry_after(visitor: httpx.Client, alice_name: str) -> None:
    for _ in range(RATE):
        assert sign_in(visitor, alice_name, "wrong horse").status_code == 401

    answer = sign_in(visitor, alice_name, PASSWORD)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3601
    assert "Too many attempts" in answer.text


def test_page_and_api_share_the_login_rate(visit: Visit, alice_name: str) -> None:
    guesser = visit(address="192.0.2.1")
    for _ in range(RATE):
        sign_in(guesser, alice_name, "wrong horse")

    answer = guesser.post("/api/auth/login", json={"username": alice_name, "password": PASSWORD})

    assert answer.status_code == 429
