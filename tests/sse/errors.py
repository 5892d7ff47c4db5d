"""What can be wrong with a stream, seen from outside."""

from __future__ import annotations


class ProtocolError(AssertionError):
    """The server sent bytes that HTTP/1.1 or the event-stream format do not allow."""


class Closed(AssertionError):
    """The stream ended while something more was expected of it."""


class Refused(AssertionError):
    """The server answered a request that had to succeed with another status."""

    def __init__(self, status: int | None, story: str) -> None:
        super().__init__(f"refused with {status}: {story}")
        self.status = status
