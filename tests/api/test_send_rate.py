"""The rate limit for sends: a sender over the limit gets `Retry-After`, other senders are not affected."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.contents import contents
from tests.api_client import Api, Person, problem
from tests.databases import Databases
from tests.people import People, people_in_process

RATE = 3


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: rates are counted in memory."""
    return sqlite_databases


@pytest.fixture
def counting(people: People) -> Iterator[Api]:
    """The API of a new application, with empty counters."""
    with people_in_process(people.app.config["DATABASE_URL"], SEND_RATE=f"{RATE}/hour") as fresh:
        yield fresh.api


def send(api: Api, sender: Person, **body: object) -> httpx.Response:
    return api.post("/api/notifications", token=sender.token, json={"to": sender.address, "title": "Hello"} | body)


@pytest.mark.security("S46")
def test_sends_over_the_rate_are_refused(people: People, counting: Api, dana: Person) -> None:
    for _ in range(RATE):
        assert send(counting, dana).status_code == 201
    before = contents(people)

    answer = send(counting, dana)

    problem(answer, 429, "too_many")
    assert 3590 < int(answer.headers["retry-after"]) <= 3601
    assert contents(people) == before


@pytest.mark.security("S46")
def test_each_sender_has_a_separate_rate(counting: Api, dana: Person, admin: Person) -> None:
    for _ in range(RATE + 1):
        send(counting, dana)

    assert send(counting, admin).status_code == 201


def test_refused_caller_uses_no_quota(counting: Api, alice: Person, dana: Person) -> None:
    for _ in range(RATE + 1):
        problem(send(counting, alice), 403, "forbidden")

    assert send(counting, dana).status_code == 201


def test_invalid_send_uses_quota(counting: Api, dana: Person) -> None:
    for _ in range(RATE):
        problem(send(counting, dana, to="user:nobody"), 422)

    problem(send(counting, dana), 429, "too_many")


def test_reading_uses_no_send_quota(counting: Api, dana: Person) -> None:
    for _ in range(RATE + 1):
        send(counting, dana)

    assert counting.get("/api/notifications", token=dana.token).status_code == 200
