"""Ids for parametrized test cases."""

from __future__ import annotations

_LONGEST = 30


def short(value: object) -> str:
    """Return an id for a value, shortened when the value is long; for `ids`."""
    name = value if isinstance(value, str) else repr(value)
    return repr(name)[1:-1] if len(name) <= _LONGEST else f"{name[:_LONGEST]!r}...{len(name)}"
