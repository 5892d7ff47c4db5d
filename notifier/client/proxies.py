"""The proxy of the environment for a host.

Never one for a loopback address: the token would leave this machine.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from notifier.client.answers import NotConnected


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. `headers`: its credentials, only for the proxy itself."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    """Return the proxy for a host, or None.

    By `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`. Raises `NotConnected` for a kind of proxy that is not supported.
    """
    if is_loopback(host):
        return None
    from urllib.request import getproxies, proxy_bypass  # only for hosts elsewhere: its import takes a while

    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(f"{host}:{port}"):
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme != "http" or not parts.hostname:
        raise NotConnected(f"the proxy for {scheme} is none of the kind http://HOST:PORT")
    return Proxy(parts.hostname, parts.port or 80, _credentials(parts.username, parts.password))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine.

    In each spelling that the system reads (`127.1`, `localhost.`, `::ffff:127.0.0.1`).
    """
    name = host.lower().rstrip(".").partition("%")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(name)
    except ValueError:
        try:
            address = ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, ValueError):
            return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def _credentials(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"}
