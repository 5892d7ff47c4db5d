"""A host's user who comes, or is written to, in many requests at the same moment is one user."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from notifier.services.accounts import api_keys
from tests.api_client import Api
from tests.host import SETTINGS, host_token
from tests.site import Site

AT_ONCE = 12


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return SETTINGS


def test_first_requests_at_the_same_moment_create_one_user(site: Site) -> None:
    with site.elsewhere():
        key = api_keys.create("host", scopes=["send", "people"])

    def ask(number: int) -> tuple[int, str]:
        with Api(site.url) as api:
            subject = f"race-{number % 3}"
            if number % 2:
                return api.request("GET", "/api/notifications", host_token(subject, name="Same Name")).status_code, subject
            sent = api.request("POST", "/api/notifications", key, json={"to": f"id:{subject}", "title": "Hello"})
            return sent.status_code, subject

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(AT_ONCE)))

    assert {status for status, _ in answers} <= {200, 201}, answers
    users = [site.api.request("GET", f"/api/users?q=race-{number}", key).json() for number in range(3)]
    assert [len(found) for found in users] == [1, 1, 1]
    for number in range(3):
        listed = site.api.request("GET", "/api/notifications", host_token(f"race-{number}")).json()
        assert len(listed) == 2


def test_an_id_of_the_sender_is_sent_once_at_the_same_moment(site: Site) -> None:
    with site.elsewhere():
        key = api_keys.create("host", scopes=["send", "people"])
    body = {"to": "id:once", "title": "Hello", "id": "0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}

    def send(_: int) -> tuple[int, object]:
        with Api(site.url) as api:
            answer = api.request("POST", "/api/notifications", key, json=body)
            return answer.status_code, answer.json().get("seq")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = set(pool.map(send, range(AT_ONCE)))

    assert len(answers) == 1 and next(iter(answers))[0] == 201, answers
    assert len(site.api.request("GET", "/api/notifications", host_token("once")).json()) == 1
