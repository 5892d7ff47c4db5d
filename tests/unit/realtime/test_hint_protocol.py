"""What is said on the bus is understood at the other end, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from notifier.realtime.hint_protocol import WIDE, channel_of, decode_hint, echo_channel, encode_hints, topic_of

SPEAKER = "0123abcd"
keys = some.integers(0, 10**18).map(lambda number: f"user:{number}") | some.from_regex(r"session:[A-Za-z0-9_.-]{1,64}", fullmatch=True)


def test_a_user_s_channel_has_the_name_that_others_know() -> None:
    assert channel_of("user:7") == "notifications:7"


@given(keys)
def test_a_channel_belongs_to_one_key(key: str) -> None:
    assert topic_of(channel_of(key)) == key
    assert channel_of(key) not in (WIDE, echo_channel(SPEAKER))


@given(some.lists(keys, unique=True, max_size=300) | some.integers(0, 5000).map(lambda most: [f"user:{n}" for n in range(most)]))
def test_all_keys_are_said_and_understood(said: list[str]) -> None:
    heard = [decode_hint(channel, text.encode()) for channel, text in encode_hints(SPEAKER, said)]

    assert [hint[0] for hint in heard if hint] == [SPEAKER] * len(heard)
    assert [key for hint in heard if hint for key in hint[1]] == said


def test_many_keys_take_few_words() -> None:
    spoken = list(encode_hints(SPEAKER, [f"user:{n}" for n in range(2500)]))

    assert [channel for channel, _ in spoken] == [WIDE] * 3


@pytest.mark.parametrize(
    "text",
    [b"", b"deadbee", b"deadbeefs", b"DEADBEEF", b"deadbeef ", b"deadbeef\n", b" deadbeef", b"deadbeef \xff", b"deadbeef a\nb", b"{}"],
)
@pytest.mark.parametrize("channel", [WIDE, "notifications:7"])
def test_what_is_no_hint_is_none(channel: str, text: bytes) -> None:
    assert decode_hint(channel, text) is None


def test_what_is_endless_is_not_even_looked_at() -> None:
    assert decode_hint(WIDE, b"deadbeef" + b" user:1" * 100_000) is None


@given(some.binary(max_size=200))
def test_no_bytes_are_too_much_for_it(text: bytes) -> None:
    hint = decode_hint(WIDE, text)

    assert hint is None or all(" " not in key for key in hint[1])
