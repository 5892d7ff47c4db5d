"""The words of the bus: which channel a key is told on, and what is said there.

A hint says who speaks and which keys changed, never what is in them: a forged one costs a read of the database and shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_PREFIX = "notifications:"
_USER = "user:"
WIDE = f"{_PREFIX}wide"
"""Everybody listens here. Where many keys change at once, one hint names them all."""
_MOST_APART = 100
_KEYS_A_HINT = 1000
_LONGEST = 131_072
_HINT = re.compile(rb"([0-9a-f]{8})((?: [!-~]+)*)")


def channel_of(key: str) -> str:
    """`notifications:7` for `user:7`, `notifications:session:…` for a session."""
    return _PREFIX + key.removeprefix(_USER)


def key_of(channel: str) -> str:
    name = channel.removeprefix(_PREFIX)
    return name if ":" in name else _USER + name


def own_channel(speaker: str) -> str:
    """Where a process hears itself, and so learns whether it would hear others."""
    return f"{_PREFIX}echo:{speaker}"


def hints(speaker: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(channel, text) of all that has to be said when `keys` have changed."""
    if len(keys) <= _MOST_APART:
        yield from ((channel_of(key), speaker) for key in keys)
        return
    for start in range(0, len(keys), _KEYS_A_HINT):
        yield WIDE, " ".join((speaker, *keys[start : start + _KEYS_A_HINT]))


def understood(channel: str, text: bytes) -> tuple[str, list[str]] | None:
    """(speaker, keys) of a hint; None for what is none of ours."""
    match = _HINT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    return match[1].decode(), match[2].decode().split() if channel == WIDE else [key_of(channel)]
