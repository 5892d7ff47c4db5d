"""The listening socket of the server, opened before anything else and passed on to gunicorn.

A port that is taken is found before the database is upgraded and before the metrics of the server that has it are removed.
"""

from __future__ import annotations

import errno
import os
import socket

from notifier.cli.exits import WRONG_USAGE, give_up

_BACKLOG = 4096  # as in gunicorn.conf.py
_FIRST_PASSED_DESCRIPTOR = 3


def listen(host: str, port: int) -> socket.socket | None:
    """Listen on an address, or exit with what to do instead.

    None when systemd has passed sockets to this process. It listens at once: two sockets that are only bound may share a port. Clients
    that connect from now on wait for the server.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        return None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server((str(address[0]), port), family=family, backlog=_BACKLOG)
    except (socket.gaierror, UnicodeError):
        give_up(f"--host {host}: this machine has no such address", WRONG_USAGE)
    except OSError as error:
        give_up(_reason(error, host, port))


def pass_on(listener: socket.socket) -> None:
    """Pass the socket to the program that this process becomes, as systemd would."""
    os.dup2(listener.fileno(), _FIRST_PASSED_DESCRIPTOR)
    os.set_inheritable(_FIRST_PASSED_DESCRIPTOR, True)  # dup2 leaves it as it is where the socket has this number already
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken by another program: stop it, or choose another port, as in --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not allowed to this user: choose one above 1023, as in --port 8000"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: this machine has no such address"
    return f"cannot listen on port {port} of {host}: {error.strerror}"
