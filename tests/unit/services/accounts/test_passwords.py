"""Passwords: any text of a sensible length, kept as argon2 hashes."""

from __future__ import annotations

import pytest

from notifier.errors import Invalid
from notifier.services.accounts import passwords
from notifier.services.accounts.passwords import hashed, matches, refuse_guessable

ANY_HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"


@pytest.mark.parametrize("password", ["x" * 8, "пароль и пробел", "x" * 1024])
def test_a_password_matches_its_hash_and_no_other(password: str) -> None:
    hash_ = hashed(password)

    assert hash_.startswith("$argon2id$")
    assert matches(hash_, password)
    assert not matches(hash_, password[:-1] + "?")


@pytest.mark.parametrize("password", ["", "x" * 7, "x" * 1025, "\ud800" * 8])
def test_a_password_that_is_too_short_too_long_or_no_text_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        hashed(password)

    assert [error.field for error in refusal.value.errors] == ["password"]


@pytest.mark.parametrize("password", ["password", "PassWord", "Password1", "xxxxxxxxx", "abcdefgh", "87654321", "1234567890", "trustno1"])
def test_what_anybody_would_try_first_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        refuse_guessable(password, field="new")

    assert [error.field for error in refusal.value.errors] == ["new"]


@pytest.mark.parametrize("password", ["correct horse", "xxxxxxxy", "abcdefgi", "password of mine", "19283746"])
def test_another_is_not(password: str) -> None:
    refuse_guessable(password)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hashed("correct horse") != hashed("correct horse")


@pytest.mark.parametrize("hash_", [None, "", "plain text", "$argon2id$broken"])
def test_nothing_matches_what_is_no_hash(hash_: str | None) -> None:
    assert not matches(hash_, "the password of nobody")


def test_for_nobody_it_takes_as_long_as_for_somebody() -> None:
    assert not passwords._hasher.check_needs_rehash(passwords._NOBODYS)


@pytest.mark.parametrize("password", ["", "\0", "\ud800", "x" * 1025])
def test_what_cannot_be_a_password_matches_nothing(password: str) -> None:
    assert not matches(ANY_HASH, password)
