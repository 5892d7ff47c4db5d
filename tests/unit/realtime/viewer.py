"""The client's end of a stream that the hub serves over a socket pair."""

from __future__ import annotations

import _socket
import socket
from collections.abc import Sequence

from notifier.realtime.connection import LOST, Connection
from notifier.realtime.hub import Hub
from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.realtime.stream import Framing, Opening
from notifier.realtime.topic_names import session_topic, user_topic


class Lines:
    """A renderer whose events are lines of text. `asked` counts the changes it was given."""

    shows_listed = False

    def __init__(self) -> None:
        self.asked = 0

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        return f"{user_id} connected {'nowhere' if seq is None else seq}\n".encode()

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        self.asked += len(changes)
        return "".join(f"change {change.seq}\n" for change in changes).encode()

    def reset(self, epoch: str, page: Page) -> bytes:
        return f"reset {page.seq}\n".encode()

    def settings(self, settings: object) -> bytes:
        return f"settings {settings}\n".encode()

    def progress(self, session: Session) -> bytes:
        return f"progress {session.shown}\n".encode()

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        return f"heartbeat {seq} {unread} {connections}\n".encode()

    def bye(self, reason: str, retry_ms: int) -> bytes:
        return f"bye {reason}\n".encode()


LINES = Lines()


class Viewer:
    """Opens a stream of a user at the cursor `seq`, or of a session.

    It is not `admitted` when the hub has no room.
    """

    def __init__(
        self,
        hub: Hub,
        user_id: int = 1,
        seq: int = 0,
        *,
        renderer: Lines = LINES,
        lives: float = 3600.0,
        head: bytes = b"",
        chunked: bool = False,
        reusable: bool = False,
        grant: object = None,
        first: bytes = b"",
        session: int | None = None,
        resumes: bool = False,
    ) -> None:
        ours, self.socket = socket.socketpair()
        self.socket.setblocking(False)
        self.descriptor = ours.fileno()
        topic = user_topic(user_id) if session is None else session_topic(session)
        cursor = LOST if session else seq
        opening = Opening(topic, user_id, f"user {user_id}", cursor, renderer, lives, "a stream", grant, 0, session, first, resumes)
        bare = _socket.socket(ours.family, ours.type, 0, ours.detach())
        self._connection = hub.open(opening, bare, head, Framing(chunked, reusable))
        self.received = b""

    @property
    def admitted(self) -> bool:
        return self._connection is not None

    @property
    def connection(self) -> Connection:
        assert self._connection is not None, "the hub had no room"
        return self._connection

    @property
    def waiting(self) -> int:
        """Bytes that the server has written and the socket has not accepted."""
        return len(self.connection.backlog or b"")

    @property
    def lines(self) -> list[str]:
        """All lines received so far."""
        self.read()
        return self.received.decode().splitlines()

    @property
    def ended(self) -> bool:
        """Whether the server has closed the stream."""
        return not self.read()

    def read(self) -> bool:
        """Read what has arrived; False at the end of the stream."""
        try:
            while data := self.socket.recv(65_536):
                self.received += data
        except BlockingIOError:
            return True
        except ConnectionResetError:
            pass
        return False

    def fill(self) -> int:
        """Have the server write until it has a backlog; return the number of bytes."""
        written = 0
        while self.connection.backlog is None:
            self.connection.write(b"x" * 1024)
            written += 1024
        return written

    def close(self) -> None:
        self.socket.close()
        if self._connection is not None:
            self._connection.close("gone")
