"""What a line of text may contain, for every door alike."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# C0 and C1 controls, and lone surrogates, which no database and no stream can carry.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# They turn the reading direction of what follows, and with it what a title seems to say.
_BIDI_OVERRIDE = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_NAME = re.compile(r"[\w.@+-]{1,64}")
_DEEPEST = 32


def line(value: str) -> str:
    """One line, without control characters. Raises `ValueError`."""
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    if _BIDI_OVERRIDE.search(value):
        raise ValueError("must not contain characters that turn the reading direction")
    return value


def text(value: str) -> str:
    """Text in which newline and tab are the only control characters. Raises `ValueError`."""
    if _CONTROL_IN_TEXT.search(value):
        raise ValueError("must not contain control characters other than newline and tab")
    return value


def plain_json(value: Any, depth: int = 0) -> Any:
    """JSON that every database and every client can carry. Raises `ValueError`."""
    if depth > _DEEPEST:
        raise ValueError(f"must not be nested deeper than {_DEEPEST} levels")
    if isinstance(value, str):
        return line(value)
    if isinstance(value, float) and value - value != 0:
        raise ValueError("must hold finite numbers only")
    if isinstance(value, dict):
        return {line(key): plain_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_json(item, depth + 1) for item in value]
    return value


def name(value: str) -> str:
    """The name of a user or group as it is kept. Raises `ValueError`."""
    value = unicodedata.normalize("NFKC", value)
    if not _NAME.fullmatch(value):
        raise ValueError("1 to 64 letters, digits or . _ @ + -")
    return value


def name_key(value: str) -> str:
    """The name as it is compared: `Alice`, `ALICE` and their look-alikes in other widths are one."""
    return unicodedata.normalize("NFKC", value).casefold()
