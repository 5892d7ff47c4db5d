"""A TCP port that stays reserved while its server restarts."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


class Port:
    """A free port of the loopback address, reserved until `release`.

    The socket is bound and never listens: Linux then gives the port to no other program and to no outgoing connection, but lets
    a server bind it that asks for SO_REUSEADDR. Without it a client's connection can take the port while the server is down.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind((LOOPBACK, 0))
        # Only after bind: set before, the kernel might hand out a port that another process reserves the same way.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.number: int = self._socket.getsockname()[1]

    def listening(self) -> bool:
        """Whether a server answers on the port."""
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.number)) == 0

    def release(self) -> None:
        self._socket.close()
