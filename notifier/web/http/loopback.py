"""Whether a request comes from the server's own machine, and names the server by a loopback name."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import request

_NAMES = ("localhost", "127.0.0.1", "::1")
_OF_PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def is_local_name() -> bool:
    """Whether the `Host` of the request is a loopback name, with or without a port."""
    try:
        return urlsplit(request.host_url).hostname in _NAMES
    except ValueError:
        return False


def is_this_machine() -> bool:
    """Whether the request comes from this machine without a proxy between, as far as it shows.

    Its address and the name in its `Host` are loopback. So are those of a proxy with no more than `proxy_pass`, which sends nothing of
    its client: nginx before 1.29.7 is known by its HTTP/1.0.
    """
    by_proxy = any(name in request.headers for name in _OF_PROXIES) or request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
    if by_proxy or not is_local_name():
        return False
    return bool(request.remote_addr) and ip_address(request.remote_addr or "").is_loopback
