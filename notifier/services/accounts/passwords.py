"""Hash and verify passwords with argon2, in two threads of their own.

In a greenlet each hash would stop every stream for a seventh of a second. In gevent's own pool ten sign-ins at once took 640 MB, as each
hash needs 64, and pages waited 1.5 s for the processors; in a pool of two it was 105 MB and 0.16 s.
"""

from __future__ import annotations

import functools
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from string import digits, punctuation
from typing import TypeVar

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent.hub import Hub
from gevent.lock import BoundedSemaphore
from gevent.monkey import is_module_patched
from gevent.threadpool import ThreadPool

from notifier.errors import Unavailable, invalid

MIN_LENGTH = 8
MAX_LENGTH = 1024
THREADS = 2
"""Passwords that one process hashes or verifies at the same time."""

Result = TypeVar("Result")

_TURN_TIMEOUT_SECONDS = 30.0
# Pages and streams come first: on two processors eight threads of argon2 would leave them a fifth.
_ADDED_NICENESS = 5
# Passwords of at least eight characters among the 30,000 most common ones of zxcvbn 4.5.0 (MIT, (c) Dropbox and Daniel Wolf).
_COMMON_PASSWORDS = Path(__file__).with_name("common_passwords.txt")

_turns = BoundedSemaphore(THREADS)
_hasher = PasswordHasher()
# Verified for unknown users, so that the answer takes as long as for known ones. No password matches; the parameters are `_hasher`'s.
_DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$7dnrFrj0aFHsKk+cYApBMw$aVu3w0yYIHNTcfddMVagMa5CaEyr/O6tsQtc3QEZuUQ"


def hashed(password: str, *, field: str = "password") -> str:
    """Hash a password. Raises `Invalid` for one that is too short, too long or not text."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise invalid(field, f"must have {MIN_LENGTH} to {MAX_LENGTH} characters")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise invalid(field, "must be text") from None
    return _in_thread(_hasher.hash, password)


def refuse_guessable(password: str, name: str = "", *, field: str = "password") -> None:
    """Raise `Invalid` for a password that attackers try first.

    That is a common one, the user's `name`, a repeated character, and letters or digits in a row. Digits and punctuation around the
    name or around `notifier` do not make it better.
    """
    lowered = password.lower()
    steps = {ord(after) - ord(before) for before, after in pairwise(lowered)}
    in_a_row = lowered in "01234567890" or steps in ({-1}, {0}, {1})
    of_context = lowered.strip(digits + punctuation) in {name.lower().strip(digits + punctuation), "notifier"} - {""}
    if in_a_row or of_context or _is_common(lowered):
        raise invalid(field, "is a common password that attackers try first: choose another")


def generated() -> str:
    """A password of 96 random bits."""
    return secrets.token_urlsafe(12)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one of the `THREADS` turns at verifying passwords. Raises `Unavailable` after 30 s.

    What is checked in the block holds for it: at most `THREADS` attempts are beyond the check at any time.
    """
    if not _turns.acquire(timeout=_TURN_TIMEOUT_SECONDS):
        raise Unavailable("Too many sign-ins at this moment. Try again in a few seconds.", code="busy", retry_after=5)
    try:
        yield
    finally:
        _turns.release()


def matches(hash_: str | None, password: str) -> bool:
    """Whether `password` matches `hash_`. None, for an unknown user, takes as long and never matches."""
    if len(password) > MAX_LENGTH:
        return False
    return _in_thread(_verified, hash_ or _DUMMY_HASH, password) and bool(hash_)


def _verified(hash_: str, password: str) -> bool:
    try:
        return _hasher.verify(hash_, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def _is_common(lowered: str) -> bool:
    """Read the list each time: it takes a millisecond, and passwords are rarely set."""
    return "\n" not in lowered and f"\n{lowered}\n" in f"\n{_COMMON_PASSWORDS.read_text()}"


def _in_thread(work: Callable[..., Result], *args: str) -> Result:
    if not _has_event_loop():
        return work(*args)
    result: Result = _threads(gevent.get_hub()).apply(_in_background, (work, *args))
    return result


def _has_event_loop() -> bool:
    """Whether a hash would stop others.

    A command has none, and a server with threads would have a hub, and a pool, for each of them.
    """
    return is_module_patched("threading")


def _in_background(work: Callable[..., Result], *args: str) -> Result:
    """Run in this thread with low priority.

    On Linux each thread has its own, and argon2's threads inherit it.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, os.getpid()) + _ADDED_NICENESS))
    return work(*args)


@functools.cache
def _threads(_hub: Hub) -> ThreadPool:
    """One pool per gevent hub."""
    return ThreadPool(THREADS)
