"""What answers to HTTP requests mean to every channel that makes some."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from notifier.channels.one_line import one_line

_MAX_TEXT_LENGTH = 200
_MAX_WAIT = timedelta(days=1)


def text(status: int, body: bytes) -> str:
    """A status and the beginning of a body, in one line."""
    return one_line(f"{status} {body.decode(errors='replace')}", _MAX_TEXT_LENGTH)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """How long a `Retry-After` asks to wait, at most a day. None for one that cannot be read."""
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=int(value[:9])), _MAX_WAIT)
    try:
        until = parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC the last hours of the calendar are beyond it
        return None
    return min(max(until - now, timedelta()), _MAX_WAIT)
