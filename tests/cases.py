"""Tests of many cases: ids for parametrized ones, and loops that report all failures at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")

_LONGEST = 30


def short(value: object) -> str:
    """Return an id for a value, shortened when the value is long; for `ids`."""
    name = value if isinstance(value, str) else repr(value)
    return repr(name)[1:-1] if len(name) <= _LONGEST else f"{name[:_LONGEST]!r}...{len(name)}"


def failures(cases: Iterable[Case], check: Callable[[Case], object]) -> list[str]:
    """Return the cases for which `check` fails, each with its reason. Raises `AssertionError` when there are no cases."""
    tried, found = list(cases), []
    for case in tried:
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            found.append(f"{short(case)}: {type(error).__name__} {error}")
    assert tried, "no cases"
    return found
