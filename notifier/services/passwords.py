"""argon2, in gevent's thread pool: in a greenlet each hash would stop every stream for a seventh of a second."""

from __future__ import annotations

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from notifier.errors import invalid

SHORTEST = 8
LONGEST = 1024

_hasher = PasswordHasher()
# Checked where there is no such user, so that the answer takes as long as for one there is.
_NOBODYS = _hasher.hash("the password of nobody")


def hashed(password: str, *, field: str = "password") -> str:
    """Raises `Invalid` for a password that is too short, too long or no text."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise invalid(field, f"must have {SHORTEST} to {LONGEST} characters")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise invalid(field, "must be text") from None
    hash_: str = gevent.get_hub().threadpool.apply(_hasher.hash, (password,))
    return hash_


def matches(hash_: str | None, password: str) -> bool:
    """Whether `password` is the one behind `hash_`; `None` for a user who does not exist takes as long and is always false."""
    if len(password) > LONGEST:
        return False
    matched: bool = gevent.get_hub().threadpool.apply(_verified, (hash_ or _NOBODYS, password))
    return matched and bool(hash_)


def _verified(hash_: str, password: str) -> bool:
    try:
        return _hasher.verify(hash_, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
