"""Channel names and message format of hints on Redis.

A hint names its sender and the changed topics, never their content: a forged one costs a read of the database and shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_CHANNEL_PREFIX = "notifications:"
_USER_PREFIX = "user:"
WIDE_CHANNEL = f"{_CHANNEL_PREFIX}wide"
"""The channel that every process subscribes to. Where many topics change at once, one hint here names them all."""
_MAX_SEPARATE_HINTS = 100
_MAX_TOPICS_PER_HINT = 1000
_MAX_HINT_BYTES = 131_072
_HINT = re.compile(rb"([0-9a-f]{8})((?: [!-~]+)*)")


def channel_of(topic: str) -> str:
    """The channel of a topic: `notifications:7` of `user:7`, `notifications:session:…` of a session."""
    return _CHANNEL_PREFIX + topic.removeprefix(_USER_PREFIX)


def topic_of(channel: str) -> str:
    """The topic of a channel."""
    name = channel.removeprefix(_CHANNEL_PREFIX)
    return name if ":" in name else _USER_PREFIX + name


def echo_channel(sender: str) -> str:
    """The channel on which a process receives its own messages.

    They show whether it would receive the messages of others.
    """
    return f"{_CHANNEL_PREFIX}echo:{sender}"


def encode_hints(sender: str, topics: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the (channel, text) pairs that tell other processes which topics changed."""
    if len(topics) <= _MAX_SEPARATE_HINTS:
        yield from ((channel_of(topic), sender) for topic in topics)
        return
    for start in range(0, len(topics), _MAX_TOPICS_PER_HINT):
        yield WIDE_CHANNEL, " ".join((sender, *topics[start : start + _MAX_TOPICS_PER_HINT]))


def decode_hint(channel: str, text: bytes) -> tuple[str, list[str]] | None:
    """(sender, topics) of a hint; None for a message in another format."""
    match = _HINT.fullmatch(text) if len(text) <= _MAX_HINT_BYTES else None
    if match is None:
        return None
    return match[1].decode(), match[2].decode().split() if channel == WIDE_CHANNEL else [topic_of(channel)]
