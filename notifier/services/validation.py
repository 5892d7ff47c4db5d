"""Validators for text, names, links and times, used by every entry point alike.

Each raises `ValueError` with a text for the user.
`Line`, `Text`, `Link` and `Instant` are the same as types of a pydantic field.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from notifier.services.visible_text import has_invisible, is_visible

# C0 and C1 controls, and lone surrogates, which no database and no stream can carry.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# They reverse the reading direction of what follows, and with it what a title seems to mean.
_BIDI_OVERRIDE = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_MAX_NAME_LENGTH = 64
# Browsers leave `.` and `..` out of paths.
_NAME = re.compile(rf"(?!\.\.?\Z)[\w.@+-]{{1,{_MAX_NAME_LENGTH}}}")
NAMED = ("user", "group", "destination")
"""Kinds of terms of an audience whose names are compared by `name_key`."""
_MAX_DEPTH = 32
_MAX_NAME_INPUT_LENGTH = 256
_MAX_LINK_LENGTH = 2048
_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
_ABSOLUTE = re.compile(r"https?://[^\x00-\x20\x7f\\]+", re.IGNORECASE)
_NOT_A_LINK = "must be http://…, https://… or a path of this site such as /video/7"
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])", re.ASCII
)


class StrictModel(BaseModel):
    """What a client sends: no value is converted, and no field that is not declared is accepted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def line(value: str) -> str:
    """One line without control characters."""
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    if _BIDI_OVERRIDE.search(value):
        raise ValueError("must not contain characters that turn the reading direction")
    return value


def text(value: str) -> str:
    """Text without control characters but newline and tab; CR LF and CR become a newline."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL_IN_TEXT.search(value):
        raise ValueError("must not contain control characters other than newline and tab")
    return value


def visible(value: str) -> str:
    """Text of which a reader sees something."""
    if not is_visible(value):
        raise ValueError("must not be empty")
    return value


def plain_json(value: Any, depth: int = 0) -> Any:
    """JSON that every database and client can carry: lines, finite numbers, at most 32 levels."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"must not be nested deeper than {_MAX_DEPTH} levels")
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
    """The name of a user or group, normalised (NFKC) as it is stored."""
    value = unicodedata.normalize("NFKC", value[: _MAX_NAME_INPUT_LENGTH + 1])
    if not is_name(value):
        raise ValueError("1 to 64 letters, digits or . _ @ + -")
    return value


def is_name(value: str) -> bool:
    """Whether `value` is the name of a user or group as it is stored.

    Its key too: folding lengthens some letters, and that of 40 times `\u00df` has 80. A letter that is not seen would make a second
    `alice`.
    """
    return _NAME.fullmatch(value) is not None and len(name_key(value)) <= _MAX_NAME_LENGTH and not has_invisible(value)


def name_key(value: str) -> str:
    """The form in which names are compared. Never raises.

    `Alice`, `ALICE` and full-width look-alikes are the same.
    """
    # Normalising takes the square of the length: 1.5 s for 62 KB of combining marks. No name has a key as long as this bound.
    return unicodedata.normalize("NFKC", value).casefold() if len(value) <= _MAX_NAME_INPUT_LENGTH else value


def term_key(value: str) -> str:
    """The form in which terms of an audience are compared. Never raises."""
    kind, colon, name = value.partition(":")
    return f"{kind}:{name_key(name)}" if kind in NAMED else f"{kind}{colon}{name}"


def is_own_path(value: str) -> bool:
    """Whether a browser that follows `value` stays on this site.

    True only if it does however it reads slashes, backslashes and spaces.
    """
    return len(value) <= _MAX_LINK_LENGTH and _PATH.fullmatch(value) is not None


def link(value: str) -> str:
    """An http(s) URL or a same-site path: no `javascript:`, no open redirect.

    URLs are rebuilt from their parsed parts.
    """
    if len(value) > _MAX_LINK_LENGTH:
        raise ValueError(f"must be at most {_MAX_LINK_LENGTH} characters")
    if is_own_path(value):
        return value
    if not _ABSOLUTE.fullmatch(value):
        raise ValueError(_NOT_A_LINK)
    parts = urlsplit(value)
    try:
        valid_port = parts.port is None or parts.port > 0
    except ValueError:
        valid_port = False
    if not valid_port or not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError(_NOT_A_LINK + ", without a user name in it")
    return urlunsplit(parts)


def instant(value: Any) -> Any:
    """A time as text in the format of RFC 3339.

    Numbers are refused: their unit would be a guess.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be a time such as 2026-01-01T10:00:00Z")
    # Python's parser takes at most the case and the microseconds of ISO; .NET writes 7 digits, Go 9, and both letters may be small.
    # It has no leap seconds either.
    return datetime.fromisoformat(re.sub(r"(\.[0-9]{1,6})[0-9]*", r"\1", value.upper()).replace(":59:60", ":59:59"))


Line = Annotated[str, AfterValidator(line)]
Text = Annotated[str, AfterValidator(text)]
Link = Annotated[Line, AfterValidator(link)]
Instant = Annotated[AwareDatetime, BeforeValidator(instant)]
