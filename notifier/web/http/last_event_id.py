"""The cursor that a client sends when it reconnects.

The `Last-Event-ID` header, or a query parameter of one of several spellings.
"""

from __future__ import annotations

from notifier import current
from notifier.realtime.sse import Cursor

HEADER = "Last-Event-ID"
_KEY = "HTTP_LAST_EVENT_ID"
PARAMETERS = ("last_event_id", "lastEventId", "Last-Event-ID", "lastEventID")
"""In order of precedence. Polyfills of EventSource cannot set headers; each sends its own spelling."""


def given() -> str | None:
    """The client's cursor as it was sent, valid or not; None if it sent none."""
    request = current.request()
    header: str | None = request.environ.get(_KEY)
    if header is not None or not request.environ.get("QUERY_STRING"):  # parsing no query takes 5 us, too
        return header
    return next((request.args[name] for name in PARAMETERS if name in request.args), None)


def cursor() -> Cursor | None:
    """The client's cursor, or None if it sent none or one that is not valid."""
    return Cursor.parse(given() or "")
