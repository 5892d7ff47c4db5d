"""Hash and verify passwords with argon2, in gevent's thread pool.

In a greenlet each hash would stop every stream for a seventh of a second.
"""

from __future__ import annotations

from itertools import pairwise

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from notifier.errors import invalid

SHORTEST = 8
LONGEST = 1024

# The passwords that attackers try first, as far as they are long enough.
_COMMON = """
administrator babygirl baseball basketball butterfly changeme chocolate computer corvette dolphins einstein football iloveyou
iloveyou1 internet jennifer letmein1 liverpool michelle midnight mountain nicholas passw0rd password password1 password12
password123 password1234 p@ssw0rd p@ssword princess qazwsxedc qwer1234 qwerasdf qwerty12 qwerty123 qwertyui qwertyuiop samantha
snowball starwars steelers sunshine superman superstar testtest trustno1 victoria welcome1 welcome123 whatever 1q2w3e4r
1qaz2wsx abc12345 abcd1234 admin123 letmein123 12341234 11223344
"""

_hasher = PasswordHasher()
# Verified for unknown users, so that the answer takes as long as for known ones. No password matches; the parameters are `_hasher`'s.
_DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$7dnrFrj0aFHsKk+cYApBMw$aVu3w0yYIHNTcfddMVagMa5CaEyr/O6tsQtc3QEZuUQ"


def hashed(password: str, *, field: str = "password") -> str:
    """Hash a password. Raises `Invalid` for one that is too short, too long or not text."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise invalid(field, f"must have {SHORTEST} to {LONGEST} characters")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise invalid(field, "must be text") from None
    hash_: str = gevent.get_hub().threadpool.apply(_hasher.hash, (password,))
    return hash_


def refuse_guessable(password: str, *, field: str = "password") -> None:
    """Raise `Invalid` for a common password, a repeated character, and letters or digits in a row."""
    lowered = password.lower()
    steps = {ord(after) - ord(before) for before, after in pairwise(lowered)}
    in_a_row = lowered in "01234567890" or steps in ({-1}, {0}, {1})
    if in_a_row or lowered in _COMMON.split():
        raise invalid(field, "is a common password that attackers try first: choose another")


def matches(hash_: str | None, password: str) -> bool:
    """Whether `password` matches `hash_`. None, for an unknown user, takes as long and never matches."""
    if len(password) > LONGEST:
        return False
    matched: bool = gevent.get_hub().threadpool.apply(_verified, (hash_ or _DUMMY_HASH, password))
    return matched and bool(hash_)


def _verified(hash_: str, password: str) -> bool:
    try:
        return _hasher.verify(hash_, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
