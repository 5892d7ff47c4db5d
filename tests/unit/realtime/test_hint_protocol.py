"""Encoded hints decode to their topics, and no other message does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from notifier.realtime.hint_protocol import WIDE_CHANNEL, channel_of, decode_hint, echo_channel, encode_hints, topic_of

SENDER = "0123abcd"
topics = some.integers(0, 10**18).map(lambda number: f"user:{number}") | some.from_regex(r"session:[A-Za-z0-9_.-]{1,64}", fullmatch=True)


def test_a_users_channel_has_the_documented_name() -> None:
    assert channel_of("user:7") == "notifications:7"


@given(topics)
def test_a_channel_belongs_to_one_topic(topic: str) -> None:
    assert topic_of(channel_of(topic)) == topic
    assert channel_of(topic) not in (WIDE_CHANNEL, echo_channel(SENDER))


@given(some.lists(topics, unique=True, max_size=300) | some.integers(0, 5000).map(lambda most: [f"user:{n}" for n in range(most)]))
def test_hints_name_all_topics(published: list[str]) -> None:
    received = [decode_hint(channel, text.encode()) for channel, text in encode_hints(SENDER, published)]

    assert [hint[0] for hint in received if hint] == [SENDER] * len(received)
    assert [topic for hint in received if hint for topic in hint[1]] == published


def test_many_topics_take_few_messages() -> None:
    messages = list(encode_hints(SENDER, [f"user:{n}" for n in range(2500)]))

    assert [channel for channel, _ in messages] == [WIDE_CHANNEL] * 3


@pytest.mark.parametrize(
    "text",
    [b"", b"deadbee", b"deadbeefs", b"DEADBEEF", b"deadbeef ", b"deadbeef\n", b" deadbeef", b"deadbeef \xff", b"deadbeef a\nb", b"{}"],
)
@pytest.mark.parametrize("channel", [WIDE_CHANNEL, "notifications:7"])
@pytest.mark.security("S58")
def test_a_message_in_another_format_is_not_a_hint(channel: str, text: bytes) -> None:
    assert decode_hint(channel, text) is None


def test_a_message_over_the_limit_is_not_a_hint() -> None:
    assert decode_hint(WIDE_CHANNEL, b"deadbeef" + b" user:1" * 100_000) is None


@given(some.binary(max_size=200))
def test_any_bytes_are_decoded_without_an_error(text: bytes) -> None:
    hint = decode_hint(WIDE_CHANNEL, text)

    assert hint is None or all(" " not in topic for topic in hint[1])
