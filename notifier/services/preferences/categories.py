"""Categories of message types: the one a message belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from notifier.models import Category
from notifier.models.category import OTHER

_ACTIVE = select(Category.id, Category.slug, Category.types).where(Category.retired_at.is_(None)).order_by(Category.place, Category.id)


def id_of_type(connection: Connection, type_: str) -> int | None:
    """The id of the category that a message of this type belongs to now."""
    return best(connection.execute(_ACTIVE), type_)


def best(categories: Iterable[Any], type_: str) -> int | None:
    """The id of the category of a type.

    It names the type, or else has the longest `video.*` that fits, or else is the built-in one.
    """
    found: tuple[int, int | None] = (-1, None)
    for category in categories:
        fit = 0 if category.slug == OTHER else max((_fit(pattern, type_) for pattern in category.types), default=-1)
        found = max(found, (fit, category.id), key=lambda one: one[0])
    return found[1]


def _fit(pattern: str, type_: str) -> int:
    """How well a pattern fits a type: -1 if not at all, most if it is the type."""
    if pattern == type_:
        return 1000
    return len(pattern) if pattern.endswith("*") and type_.startswith(pattern[:-1]) else -1
