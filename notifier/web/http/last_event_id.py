"""The cursor that a client sends when it reconnects.

The `Last-Event-ID` header, or a query parameter of one of several spellings.
"""

from __future__ import annotations

from flask import request

from notifier.realtime.sse import Cursor

HEADER = "Last-Event-ID"
PARAMETERS = ("last_event_id", "lastEventId", "Last-Event-ID", "lastEventID")
"""In order of precedence. Polyfills of EventSource cannot set headers; each sends its own spelling."""


def given() -> str | None:
    """The client's cursor as it was sent, valid or not; None if it sent none."""
    header = request.headers.get(HEADER)
    if header is not None or not request.query_string:  # parsing no query takes 5 us, too
        return header
    return next((request.args[name] for name in PARAMETERS if name in request.args), None)


def cursor() -> Cursor | None:
    """The client's cursor, or None if it sent none or one that is not valid."""
    return Cursor.parse(given() or "")
