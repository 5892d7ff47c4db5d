"""Rate limits for sign-ins per address and per account, which do not lock out the owner of an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.api_client import Api, problem
from tests.databases import Databases
from tests.people import PASSWORD, People, people_in_process

RATE = 3

From = Callable[[str], Api]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: signing in does not depend on the database."""
    return sqlite_databases


@pytest.fixture
def api_from(people: People) -> Iterator[From]:
    """Return the API for a client with that address, in a new application with empty counters."""
    with people_in_process(people.app.config["DATABASE_URL"], LOGIN_RATE=f"{RATE}/hour") as fresh:
        yield lambda address: Api("http://localhost", httpx.WSGITransport(fresh.app, remote_addr=address))


@pytest.fixture
def alice(people: People) -> str:
    return people.account("alice")


@pytest.fixture
def bob(people: People) -> str:
    return people.account("bob")


def attempts(api: Api, name: str, password: str = "wrong horse", times: int = 1) -> list[int]:
    """Return the status of each attempt."""
    return [api.post("/api/auth/login", json={"username": name, "password": password}).status_code for _ in range(times)]


def test_attempts_over_the_rate_are_not_checked(api_from: From, alice: str) -> None:
    assert attempts(api_from("192.0.2.1"), alice, times=RATE + 2) == [401] * RATE + [429, 429]


def test_refusal_has_retry_after(api_from: From, alice: str) -> None:
    guesser = api_from("192.0.2.1")
    attempts(guesser, alice, times=RATE)

    answer = guesser.post("/api/auth/login", json={"username": alice, "password": "wrong horse"})

    problem(answer, 429, "too_many")
    assert 3590 < int(answer.headers["retry-after"]) <= 3601


def test_address_is_limited_across_names(api_from: From, alice: str, bob: str) -> None:
    guesser = api_from("192.0.2.1")
    attempts(guesser, alice, times=RATE)

    assert attempts(guesser, bob) == attempts(guesser, "nobody") == [429]


def test_account_is_limited_across_addresses(api_from: From, alice: str) -> None:
    spread = [api_from(f"192.0.2.{number}") for number in range(1, 4)]
    for guesser in spread:
        assert attempts(guesser, alice) == [401]

    assert [status for guesser in spread for status in attempts(guesser, alice)] == [429] * 3


@pytest.mark.security("S37")
def test_owner_of_an_attacked_account_can_sign_in(api_from: From, alice: str) -> None:
    attempts(api_from("192.0.2.1"), alice, times=20)

    assert attempts(api_from("198.51.100.1"), alice, PASSWORD) == [200]


def test_unknown_names_do_not_use_up_an_address(api_from: From, alice: str) -> None:
    attackers = [api_from(f"192.0.2.{number}") for number in range(1, 12)]
    for attacker in attackers:
        attempts(attacker, alice)
        attempts(attacker, f"{alice}/198.51.100.1")

    assert attempts(api_from("198.51.100.1"), alice, PASSWORD) == [200]


@pytest.mark.parametrize("write", [str.upper, str.title, lambda name: f"\uff41{name[1:]}"], ids=["upper", "title", "wide"])
@pytest.mark.security("S37")
def test_all_spellings_of_a_name_count_together(api_from: From, alice: str, write: Callable[[str], str]) -> None:
    for number in range(RATE):
        attempts(api_from(f"192.0.2.{number}"), alice)

    guesser = api_from("192.0.2.0")

    assert attempts(guesser, write(alice)) == [429]


def test_successful_sign_ins_use_no_quota(api_from: From, alice: str) -> None:
    assert attempts(api_from("192.0.2.1"), alice, PASSWORD, times=RATE * 3) == [200] * RATE * 3


def test_success_does_not_reset_the_count(api_from: From, alice: str, bob: str) -> None:
    guesser = api_from("192.0.2.1")
    for _ in range(RATE):
        attempts(guesser, alice)
        attempts(guesser, bob, PASSWORD)

    assert attempts(guesser, alice) == [429]


def test_ipv4_addresses_count_separately(api_from: From, alice: str, bob: str) -> None:
    attempts(api_from("192.0.2.1"), alice, times=RATE)

    assert attempts(api_from("192.0.2.2"), bob) == [401]


@pytest.mark.parametrize("other", ["2001:db8::2", "2001:db8:0:0:ffff::1", "2001:0db8:0000:0000:1:2:3:4"])
@pytest.mark.security("S37")
def test_ipv6_addresses_count_by_64_prefix(api_from: From, alice: str, bob: str, other: str) -> None:
    attempts(api_from("2001:db8::1"), alice, times=RATE)

    assert attempts(api_from(other), bob) == [429]


@pytest.mark.parametrize("other", ["2001:db8:0:1::1", "2001:db9::1", "::1"])
def test_ipv6_prefixes_count_separately(api_from: From, alice: str, bob: str, other: str) -> None:
    attempts(api_from("2001:db8::1"), alice, times=RATE)

    assert attempts(api_from(other), bob) == [401]


def test_mapped_ipv4_addresses_count_separately(api_from: From, alice: str, bob: str) -> None:
    attempts(api_from("::ffff:192.0.2.1"), alice, times=RATE)

    assert attempts(api_from("::ffff:192.0.2.2"), bob) == [401]
