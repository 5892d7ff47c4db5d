"""Guessing on the page is as slow as guessing anywhere."""

from __future__ import annotations

import httpx
import pytest

from tests.people import PASSWORD
from tests.web.conftest import Visit, sign_in

RATE = 3


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"LOGIN_RATE": f"{RATE}/hour"}


def test_after_so_many_wrong_passwords_the_page_says_when_to_come_back(visitor: httpx.Client, alice_name: str) -> None:
    for _ in range(RATE):
        assert sign_in(visitor, alice_name, "wrong horse").status_code == 401

    answer = sign_in(visitor, alice_name, PASSWORD)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3601
    assert "Too many attempts" in answer.text


def test_page_and_api_are_counted_together(visit: Visit, alice_name: str) -> None:
    guesser = visit(address="192.0.2.1")
    for _ in range(RATE):
        sign_in(guesser, alice_name, "wrong horse")

    answer = guesser.post("/api/auth/login", json={"username": alice_name, "password": PASSWORD})

    assert answer.status_code == 429
