"""Where requests to entered addresses may go: never into the network of this server.

The name is looked up once, each of its addresses is checked, and the connection goes to a checked address: a second lookup could answer
otherwise (DNS rebinding).
"""

from __future__ import annotations

import socket
import time
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Thread
from typing import Any

_NAT64 = IPv6Network("64:ff9b::/96")
_ONLY_HTTPS = "only https:// addresses are"

Found = tuple[socket.AddressFamily, Any]
"""A family and an address of it, as a socket connects to."""


class NotAllowed(Exception):
    """The target is refused by policy. It stays refused: no retry."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not allowed: {why}")


def check_scheme(scheme: str, *, private: bool) -> None:
    """Raise `NotAllowed` for all but https, and http where `private` targets are allowed."""
    if scheme != "https" and not (private and scheme == "http"):
        raise NotAllowed(_ONLY_HTTPS)


def check_host(scheme: str, host: str, *, private: bool) -> None:
    """Check a host as far as that is possible without a lookup. Raises `NotAllowed`."""
    try:
        literal = ip_address(host)
    except ValueError:
        if not private and host.rstrip(".").rpartition(".")[2] in ("localhost", "local", "internal"):
            raise NotAllowed(f"{host} is not on the internet") from None
        return
    _check(scheme, host, literal, private=private)


def connect(scheme: str, host: str, port: int, deadline: float, *, private: bool) -> socket.socket:
    """Connect to the first address of a host that can be reached. Raises `NotAllowed`, or `OSError`.

    `private`: the setting `ALLOW_PRIVATE_TARGETS`, or that of push. `deadline`: by `time.monotonic`.
    """
    check_scheme(scheme, private=private)
    return _connect(_addresses(scheme, host, port, deadline, private=private), deadline)


def seconds_left(deadline: float) -> float:
    """Seconds until a deadline. Raises `TimeoutError` when it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the internet.

    Also the IPv4 address that an IPv6 address leads to.
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _addresses(scheme: str, host: str, port: int, deadline: float, *, private: bool) -> list[Found]:
    """The addresses of the host.

    Raises `NotAllowed` if any of them is private: a public one beside it is no excuse.
    """
    found = _look_up(host, port, deadline)
    for _, address in found:
        _check(scheme, host, ip_address(str(address[0])), private=private)
    return found


def _look_up(host: str, port: int, deadline: float) -> list[Found]:
    """Look a name up, in a thread because a lookup has no timeout of its own."""
    found: list[Found] = []
    failed: list[OSError] = []

    def run() -> None:
        try:
            found.extend((family, address) for family, *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            failed.append(error)
        except UnicodeError as error:  # a label that is empty or too long
            failed.append(socket.gaierror(socket.EAI_NONAME, str(error)))

    lookup = Thread(target=run, daemon=True)
    lookup.start()
    lookup.join(seconds_left(deadline))
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError
    return found


def _check(scheme: str, host: str, address: IPv4Address | IPv6Address, *, private: bool) -> None:
    public = is_public(address)
    if not public and not private:
        raise NotAllowed(f"{host} leads to {address}, which is not on the internet")
    if public and scheme == "http":
        raise NotAllowed(_ONLY_HTTPS)


def _connect(found: list[Found], deadline: float) -> socket.socket:
    """A connection to the first of the addresses that can be reached."""
    failure: OSError = OSError("The name has no address")
    for family, address in found:
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(seconds_left(deadline))
            connection.connect(address)
            return connection
        except OSError as error:
            connection.close()
            failure = error
    raise failure
