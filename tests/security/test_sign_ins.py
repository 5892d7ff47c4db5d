"""Simultaneous sign-ins: bounded memory, a free event loop, and a limit that only wrong passwords use up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from unittest.mock import patch

import gevent
import httpx
import pytest
from argon2 import PasswordHasher

from notifier.errors import Invalid, Unauthenticated
from notifier.services.accounts import password_changes, passwords, sign_ins, users
from tests.api_client import Api
from tests.people import CHEAP_HASHER, PASSWORD, People, people_in_process

RATE = 3


@pytest.fixture(autouse=True)
def _as_in_a_server() -> Iterator[None]:
    """Hash in threads, though this process is not patched."""
    with patch.object(passwords, "_has_event_loop", lambda: True):
        yield


class CountingHasher:
    """Notes how many passwords are verified at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self.most = 0

    def verify(self, hash_: str, password: str) -> bool:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        try:
            return CHEAP_HASHER.verify(hash_, password)
        finally:
            with self._lock:
                self._running -= 1


def at_once(people: People, name: str, password: str, times: int) -> Counter[int]:
    """The statuses of that many sign-ins at the same moment, from one address."""

    def attempt() -> int:
        with Api("http://localhost", httpx.WSGITransport(people.app, remote_addr="192.0.2.1")) as api:
            return api.post("/api/auth/login", json={"username": name, "password": password}).status_code

    attempts = [gevent.spawn(attempt) for _ in range(times)]
    gevent.joinall(attempts, timeout=30, raise_error=True)
    return Counter(attempt.get() for attempt in attempts)


@pytest.mark.security("S39")
def test_two_passwords_at_most_are_verified_at_a_time(people: People) -> None:
    name, counting = people.account("alice"), CountingHasher()

    with patch.object(passwords, "_hasher", counting):
        assert at_once(people, name, "wrong horse", 20) == {401: 20}

    assert 1 <= counting.most <= passwords.THREADS


@pytest.mark.security("S39")
def test_event_loop_runs_while_passwords_are_hashed() -> None:
    hash_ = PasswordHasher().hash(PASSWORD)
    checks = [gevent.spawn(passwords.matches, hash_, "wrong horse") for _ in range(4)]
    turns = 0
    while not all(check.ready() for check in checks):
        gevent.sleep(0.001)
        turns += 1

    assert turns > 4, "a hash in a greenlet would leave one turn for each"


@pytest.mark.security("S39")
def test_longest_password_is_bounded(api: Api) -> None:
    answer = api.post("/api/auth/login", json={"username": "alice", "password": "x" * 1025})

    assert answer.status_code == 422


@pytest.mark.security("S37")
def test_an_office_may_sign_in_at_the_same_moment(people: People) -> None:
    name = people.account("alice")
    with people_in_process(people.app.config["DATABASE_URL"], LOGIN_RATE=f"{RATE}/hour") as limited:
        assert at_once(limited, name, PASSWORD, RATE * 5) == {200: RATE * 5}


@pytest.mark.security("S37")
def test_simultaneous_guesses_pass_the_limit_by_the_turns_at_most(people: People) -> None:
    name = people.account("alice")
    with people_in_process(people.app.config["DATABASE_URL"], LOGIN_RATE=f"{RATE}/hour") as limited:
        statuses = at_once(limited, name, "wrong horse", 40)

    assert statuses.keys() == {401, 429}
    assert RATE <= statuses[401] < RATE + passwords.THREADS


@pytest.mark.security("S40")
@pytest.mark.parametrize("password", ["starwars", "Trustno1", "qwer1234", "alice2026!", "99notifier99", "aaaaaaaaa"])
def test_a_guessable_password_makes_no_user(people: People, password: str) -> None:
    with people.elsewhere(), pytest.raises(Invalid) as refusal:
        users.create_user("alice", password)

    assert [error.field for error in refusal.value.errors] == ["password"]


@pytest.mark.security("S34")
def test_a_sign_in_under_way_does_not_outlive_the_password(people: People) -> None:
    """Who knows the old one would only have to sign in again and again."""
    name, verify = people.account("alice"), passwords.matches
    with people.elsewhere():
        alice = users.by_name(name)

        def replaced_meanwhile(hash_: str | None, password: str) -> bool:
            right = verify(hash_, password)
            password_changes.set_password(alice, "another horse entirely")
            return right

        with patch.object(passwords, "matches", replaced_meanwhile):
            assert sign_ins.begin(name, PASSWORD, "192.0.2.1") is None
            with pytest.raises(Invalid):
                password_changes.change_password(alice, "another horse entirely", "a third horse altogether")
        found = users.authenticate(name, "another horse entirely")
        assert found is not None
        users.end_access(found)
        with pytest.raises(Unauthenticated):
            sign_ins.start(found)
