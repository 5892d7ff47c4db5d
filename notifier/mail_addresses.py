"""Addresses of mail servers and of people: parse and validate.

`ValueError` names what is allowed, and never a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

Tls = Literal["smtps", "starttls", "off"]

_EXPECTED_SERVER = "smtp://USER:PASSWORD@HOST:587, smtps://USER:PASSWORD@HOST:465, or smtp://HOST:25?tls=off"
_EXPECTED_ADDRESS = "must be an e-mail address such as alice@example.com"
_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK_PORT = 25
# RFC 5321: octets of the part before the @, and of the whole address without its angle brackets.
_MAX_LOCAL_BYTES, _MAX_ADDRESS_BYTES = 64, 254
_TOO_LONG = f"must be at most {_MAX_ADDRESS_BYTES} characters, {_MAX_LOCAL_BYTES} of them before the @"
# RFC 5322 `atext`, and with RFC 6532 every visible character of other scripts: all but space, controls and specials.
_ATOM = r'[^\s\x00-\x20\x7f-\x9f"(),.:;<>@\[\]\\]+'
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server to hand mails to. `user`: empty if the server needs no sign-in."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it, which may be empty."""

    name: str
    address: str


def server(url: str) -> MailServer:
    """The mail server of a `MAIL_URL`."""
    parts, port = _split(url)
    host, user = parts.hostname or "", unquote(parts.username or "")
    if parts.scheme not in _PORTS or not _is_host(host) or parts.path not in ("", "/") or parts.fragment:
        raise ValueError(_EXPECTED_SERVER)
    if bool(user) != bool(parts.password):
        raise ValueError(f"a user and a password, or neither: {_EXPECTED_SERVER}")
    off = _without_tls(parts)
    loopback = _is_loopback(host)
    tls: Tls = "smtps" if parts.scheme == "smtps" else "off" if off or loopback else "starttls"
    default = _LOOPBACK_PORT if loopback and parts.scheme == "smtp" else _PORTS[parts.scheme]
    return MailServer(host, port or default, tls, user, unquote(parts.password or ""))


def mailbox(value: str) -> Mailbox:
    """An address, or `NAME <ADDRESS>`."""
    if not value.isprintable():
        raise ValueError("ADDRESS or NAME <ADDRESS>, without control characters")
    name, found = parseaddr(value) if value.endswith(">") else ("", value)
    try:
        return Mailbox(name, address(found))
    except ValueError:
        raise ValueError("ADDRESS or NAME <ADDRESS>, such as notifier@example.com") from None


def address(value: str) -> str:
    """An address as RFC 5321, 5322 and 6531 permit one, trimmed.

    The part before the last @ may hold letters of any script, or be quoted; the domain may be in any script.
    """
    value = value.strip(" ")
    if len(value) > _MAX_ADDRESS_BYTES:  # first: IDNA takes the square of the length, 3 s for 60,000 combining marks
        raise ValueError(_TOO_LONG)
    local, at, _ = value.rpartition("@")
    if not at or not value.isprintable() or not (_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise ValueError(_EXPECTED_ADDRESS)
    if len(local.encode()) > _MAX_LOCAL_BYTES or len(ascii_domain(value).encode()) > _MAX_ADDRESS_BYTES:
        raise ValueError(_TOO_LONG)
    return value


def ascii_domain(value: str) -> str:
    """The same address with its domain in ASCII (IDNA).

    Raises `ValueError` for a domain that is none.
    """
    local, _, domain = value.rpartition("@")
    return f"{local}@{_ascii_host(domain)}"


def shortened(value: str) -> str:
    """The address for readers who may not see it: `a…@example.com`."""
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise ValueError(_EXPECTED_SERVER) from None


def _without_tls(parts: SplitResult) -> bool:
    asked = parse_qs(parts.query, keep_blank_values=True)
    if asked and (asked != {"tls": ["off"]} or parts.scheme == "smtps"):
        raise ValueError(f"the only option is ?tls=off, for smtp:// alone: {_EXPECTED_SERVER}")
    return bool(asked)


def _is_host(host: str) -> bool:
    try:
        return bool(host) and bool(host.isprintable()) and (":" in host or bool(_ascii_host(host)))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _ascii_host(domain: str) -> str:
    if domain.startswith("[") and domain.endswith("]"):
        return f"[{_literal(domain[1:-1])}]"
    try:
        encoded = domain.encode("idna").decode()
    except UnicodeError:
        raise ValueError(_EXPECTED_ADDRESS) from None
    if len(encoded) > 253 or not all(_LABEL.fullmatch(label) for label in encoded.split(".")):
        raise ValueError(_EXPECTED_ADDRESS)
    return encoded


def _literal(value: str) -> str:
    try:
        ip_address(value.removeprefix("IPv6:"))
    except ValueError:
        raise ValueError(_EXPECTED_ADDRESS) from None
    return value
