"""Addresses that may stand in a notification: http, https, or a path of this site. Nothing that runs, nothing that leaves by a trick."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_LONGEST = 2048
_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
_ABSOLUTE = re.compile(r"https?://[^\x00-\x20\x7f\\]+", re.IGNORECASE)
_SAYS = "must be http://…, https://… or a path of this site such as /video/7"


def own_path(value: str) -> bool:
    """Whether a browser that follows `value` stays on this site, however it reads slashes, backslashes and spaces."""
    return len(value) <= _LONGEST and _PATH.fullmatch(value) is not None


def link(value: str) -> str:
    """`value`, absolute addresses written anew from their parsed parts. Raises `ValueError`."""
    if len(value) > _LONGEST:
        raise ValueError(f"must be at most {_LONGEST} characters")
    if own_path(value):
        return value
    if not _ABSOLUTE.fullmatch(value):
        raise ValueError(_SAYS)
    parts = urlsplit(value)
    try:
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        port_is_one = False
    if not port_is_one or not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError(_SAYS + ", without a user name in it")
    return urlunsplit(parts)
