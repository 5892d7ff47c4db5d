"""A TCP relay between a server and one it depends on, which can lose all packets without an error."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from types import TracebackType

from tests.faults.misbehaving import drop_all, drop_nothing
from tests.servers.port import LOOPBACK

_LOOKS_EVERY_SECONDS = 0.05
_PIECE = 65_536


class Wire(threading.Thread):
    """A context manager that relays connections from `port` to the port `target`."""

    def __init__(self, target: int) -> None:
        super().__init__(name=f"wire to {target}", daemon=True)
        self._target = target
        self._listener = socket.create_server((LOOPBACK, 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._near: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Wire:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def lose(self) -> None:
        """Lose all packets from now on: neither ACK nor RST, for open and for new connections."""
        with self._lock:
            for each in (self._listener, *self._near):
                drop_all(each)

    def mend(self) -> None:
        with self._lock:
            for each in (self._listener, *self._near):
                drop_nothing(each)

    def run(self) -> None:
        while not self._over.is_set():
            for key, _ in self._selector.select(_LOOKS_EVERY_SECONDS):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj.fileno() >= 0:  # type: ignore[union-attr]  # else the other end has disconnected just before
                    self._carry(key.fileobj, key.data)  # type: ignore[arg-type]

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection((LOOPBACK, self._target), timeout=1)
        except OSError:
            near.close()
            return
        with self._lock:
            self._near.add(near)
        self._selector.register(near, selectors.EVENT_READ, far)
        self._selector.register(far, selectors.EVENT_READ, near)

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if data := here.recv(_PIECE):
                there.sendall(data)
                return
        self._hang_up(here, there)

    def _hang_up(self, *both: socket.socket) -> None:
        with self._lock:
            self._near.difference_update(both)
        for each in both:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(each)
            each.close()
