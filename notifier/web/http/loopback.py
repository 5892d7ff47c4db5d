"""Whether a request names the server by a loopback name, as on the server's own machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

_NAMES = ("localhost", "127.0.0.1", "::1")


def is_local_name() -> bool:
    """Whether the `Host` of the request is a loopback name, with or without a port."""
    try:
        return urlsplit(request.host_url).hostname in _NAMES
    except ValueError:
        return False
