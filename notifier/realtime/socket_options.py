"""Options of a stream's socket: it never blocks, buffers little, and ends when its peer is dead."""

from __future__ import annotations

import _socket
import socket as sockets

_SEND_BUFFER_BYTES = 65_536


def set_up(socket: _socket.socket, stale_seconds: int) -> None:
    """Set the options. `stale_seconds`: how long a peer may acknowledge nothing."""
    socket.setblocking(False)
    socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _SEND_BUFFER_BYTES)
    if socket.family not in (sockets.AF_INET, sockets.AF_INET6):
        return
    socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
    # Ends peers that are dead and peers that never read alike; without it a half-open one stays for 15 minutes.
    socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, stale_seconds * 1000)
