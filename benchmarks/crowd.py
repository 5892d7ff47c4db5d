"""The load generator: thousands of streams and one poster on one epoll, in one unpatched thread.

It costs a few microseconds per event, less than any server, so that the server is what is measured. It does not parse HTTP and SSE:
it expects whole events in each chunk, and counts an event of another form as lost.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Protocol

from benchmarks.ledger import Ledger

# Small, so that an answer that is ready too does not wait for hundreds of events to be counted.
_EVENTS_AT_ONCE = 64
_LONGEST_TURN = 0.05


class Failed(Exception):
    """The measurement failed: a refused or closed stream, a refused send, a missed deadline."""


class Member(Protocol):
    """A socket on the crowd's epoll."""

    def fileno(self) -> int: ...

    def ready(self, at: float) -> None:
        """The socket can be read, or written while it connects."""

    def close(self) -> None: ...


class Crowd:
    """The sockets of all streams. As a context manager it closes them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.ledger = Ledger()
        self._epoll = select.epoll()
        self._members: dict[int, Member] = {}

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        for member in list(self._members.values()):
            member.close()
        self._epoll.close()

    def add(self, member: Member, events: int) -> None:
        self._members[member.fileno()] = member
        self._epoll.register(member.fileno(), events)

    def change(self, member: Member, events: int) -> None:
        self._epoll.modify(member.fileno(), events)

    def remove(self, member: Member) -> None:
        """Remove a member, before its socket is closed."""
        self._epoll.unregister(member.fileno())
        del self._members[member.fileno()]

    def until(self, condition: Callable[[], object], *, within: float, what: str, asking_every: float = _LONGEST_TURN) -> None:
        """Read from the sockets until `condition` is true.

        `asking_every`: seconds after which it is asked, also while nothing arrives. Raises `Failed` with `what` at the deadline.
        """
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {within:g} s")
            self._turn(asking_every)

    def rest(self, seconds: float) -> None:
        """Read from the sockets for `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._turn(left)

    def _turn(self, longest: float) -> None:
        for descriptor, _ in self._epoll.poll(longest, _EVENTS_AT_ONCE):
            member = self._members.get(descriptor)
            if member is not None:
                member.ready(time.monotonic())
