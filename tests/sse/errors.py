"""Errors of a stream, as a client sees them."""

from __future__ import annotations


class ProtocolError(AssertionError):
    """The server sent bytes that HTTP/1.1 or the event-stream format do not allow."""


class Closed(AssertionError):
    """The stream ended while the client expected more events."""


class Refused(AssertionError):
    """The server refused a request that had to succeed."""

    def __init__(self, status: int | None, story: str) -> None:
        super().__init__(f"refused with {status}: {story}")
        self.status = status
