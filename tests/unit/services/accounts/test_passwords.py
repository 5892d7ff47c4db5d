"""Passwords: any text of 8 to 1024 characters, stored as argon2 hashes."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from notifier.errors import Invalid
from notifier.services.accounts import passwords
from notifier.services.accounts.passwords import hashed, matches, refuse_guessable

REAL = {name: getattr(passwords, name) for name in ("_hasher", "_DUMMY_HASH")}
"""What other tests replace by something cheap."""
ANY_HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"


@pytest.fixture(autouse=True)
def _real_cost() -> Iterator[None]:
    with patch.multiple(passwords, **REAL):
        yield


@pytest.mark.parametrize("password", ["x" * 8, "пароль и пробел", "x" * 1024])
def test_password_matches_only_its_own_hash(password: str) -> None:
    hash_ = hashed(password)

    assert hash_.startswith("$argon2id$")
    assert matches(hash_, password)
    assert not matches(hash_, password[:-1] + "?")


@pytest.mark.parametrize("password", ["", "x" * 7, "x" * 1025, "\ud800" * 8])
def test_password_that_is_too_short_too_long_or_not_text_is_rejected(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        hashed(password)

    assert [error.field for error in refusal.value.errors] == ["password"]


@pytest.mark.parametrize("password", ["password", "PassWord", "Password1", "xxxxxxxxx", "abcdefgh", "87654321", "1234567890", "trustno1"])
@pytest.mark.security("S40")
def test_common_password_is_rejected(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        refuse_guessable(password, field="new")

    assert [error.field for error in refusal.value.errors] == ["new"]


@pytest.mark.parametrize("password", ["correct horse", "xxxxxxxy", "abcdefgi", "password of mine", "29184756"])
def test_uncommon_password_is_accepted(password: str) -> None:
    refuse_guessable(password)


def test_hash_of_a_password_differs_each_time() -> None:
    assert hashed("correct horse") != hashed("correct horse")


@pytest.mark.parametrize("hash_", [None, "", "plain text", "$argon2id$broken"])
def test_no_password_matches_a_malformed_hash(hash_: str | None) -> None:
    assert not matches(hash_, "correct horse")


def test_dummy_hash_takes_as_long_as_a_real_one() -> None:
    assert not passwords._hasher.check_needs_rehash(passwords._DUMMY_HASH)


@pytest.mark.parametrize("password", ["", "\0", "\ud800", "x" * 1025])
def test_impossible_password_matches_no_hash(password: str) -> None:
    assert not matches(ANY_HASH, password)
