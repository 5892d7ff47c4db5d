"""The memory of verified tokens: what it returns, and its bound."""

from __future__ import annotations

import time

from notifier.web.auth.verified_tokens import Claims, VerifiedTokens


def claims(name: str, lives_seconds: float = 60) -> Claims:
    return Claims(name, time.time() + lives_seconds, 0, 1, None)


def test_a_kept_token_is_known_until_it_expires() -> None:
    tokens = VerifiedTokens()
    alice = claims("alice")
    tokens.keep("a.b.c", alice)
    tokens.keep("d.e.f", claims("bob", lives_seconds=-1))

    assert tokens.get("a.b.c") == alice
    assert tokens.get("d.e.f") is None
    assert tokens.get("a.b.x") is None


def test_tokens_in_use_outlive_the_bound_and_others_make_room() -> None:
    tokens = VerifiedTokens(most=100)
    tokens.keep("in use", claims("alice"))
    tokens.keep("not used", claims("bob"))
    for number in range(1000):
        tokens.keep(str(number), claims(str(number)))
        assert tokens.get("in use")

    assert tokens.get("not used") is None
    assert len(tokens) <= 100
