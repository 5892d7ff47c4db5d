"""The origin that a browser resolves an address on a page to, by the rules of the WHATWG URL standard.

Written from the standard, independently of the product's validators.
"""

from __future__ import annotations

import re

HERE = ("https", "here.example")

_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE | re.ASCII)
_SPECIAL = {"http", "https", "ws", "wss", "ftp"}


def origin(address: str) -> tuple[str, str]:
    """Scheme and host, with its port, that `address` leads to from a page of `HERE`; the host is empty for schemes that have none."""
    address = re.sub(r"[\t\n\r]", "", address.strip(_C0_AND_SPACE))
    scheme, rest = HERE[0], address
    if match := _SCHEME.match(address):
        scheme, rest = match[1].lower(), address[match.end() :]
        if scheme not in _SPECIAL:
            return scheme, ""
    two_slashes = re.match(r"[/\\]{2}", rest)
    if scheme == HERE[0] and not two_slashes:
        return HERE
    authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0]
    return scheme, authority.rpartition("@")[2].lower()
