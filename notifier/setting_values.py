"""Check the values of settings.

Each function returns the value as it is used, or raises `ValueError` with what is allowed.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from notifier import mail_addresses
from notifier.environment import MIN_SECRET_LENGTH, TOO_SHORT


def database_url(value: str) -> str:
    try:
        driver = make_url(value).drivername
    except (ArgumentError, ValueError) as error:
        raise ValueError("a database address: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME") from error
    if driver not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    if driver == "sqlite" and not make_url(value).database:
        raise ValueError("sqlite:///FILE (a database in memory cannot be shared between connections)")
    return value


def redis_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.path)):
        raise ValueError("redis://[:PASSWORD@]HOST[:PORT][/NUMBER], rediss://… or unix://PATH")
    return value


def origins(value: str) -> str:
    for origin in filter(None, value.split(",")):
        parts = urlsplit(origin)
        if origin != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in ("http", "https") or not parts.hostname or "*" in origin:
            raise ValueError("exact origins with commas between, such as https://app.example.com; no *, no path")
    return value


def site_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username):
        raise ValueError("http(s)://HOST, with a path if the site has one, such as https://app.example.com")
    return value.rstrip("/")


def colour(value: str) -> str:
    if value and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError("a colour such as #3f51c9")
    return value.lower()


def base_path(value: str) -> str:
    value = value.rstrip("/")
    if value and (not re.fullmatch(r"(/[A-Za-z0-9_.~-]+)+", value) or {".", ".."} & set(value.split("/"))):
        raise ValueError("a path such as /notifications, of letters, digits and _ . ~ -")
    return value


def rate(value: str) -> str:
    number, _, unit = value.partition("/")
    if value != "off" and not (number.isascii() and number.isdigit() and int(number) > 0 and unit in ("second", "minute", "hour")):
        raise ValueError("N/second, N/minute, N/hour or off")
    return value


def long_enough(value: str) -> str:
    if value and len(value) < MIN_SECRET_LENGTH:
        raise ValueError(TOO_SHORT)
    return value


def mail_url(value: str) -> str:
    if value:
        mail_addresses.server(value)
    return value


def push_contact(value: str) -> str:
    if value and not (value.startswith("mailto:") and mail_addresses.address(value.removeprefix("mailto:"))):
        raise ValueError("mailto:ADDRESS, such as mailto:ops@example.com")
    return value


def mail_from(value: str) -> str:
    if value:
        mail_addresses.mailbox(value)
    return value
