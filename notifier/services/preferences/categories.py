"""Categories of message types: the one a message belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, select

from notifier import database
from notifier.models import Category
from notifier.models.category import OTHER

RULES = (Category.in_app, Category.email, Category.push, Category.locked, Category.retired_at, Category.loud_per_hour)
"""What decides how a message of a category arrives."""
_ACTIVE = database.Prepared(
    select(Category.id, Category.slug, Category.types, Category.wait_minutes, *RULES)
    .where(Category.retired_at.is_(None))
    .order_by(Category.place, Category.id)
)


def of_type(connection: Connection, type_: str) -> Any:
    """The category that a message of this type belongs to now: its id, `wait_minutes` and `RULES`."""
    return best(_ACTIVE.all(connection), type_)


def active(connection: Connection) -> Callable[[], list[Any]]:
    """As `Prepared.queue`: what `best` chooses one of, for the category of a message of now."""
    return _ACTIVE.queue(connection)


def best(categories: Iterable[Any], type_: str) -> Any:
    """The category of a type, one of `categories`.

    It names the type, or else has the longest `video.*` that fits, or else is the built-in one.
    """
    found: tuple[int, Any] = (-1, None)
    for category in categories:
        fit = 0 if category.slug == OTHER else max((_fit(pattern, type_) for pattern in category.types), default=-1)
        found = max(found, (fit, category), key=lambda one: one[0])
    return found[1]


def _fit(pattern: str, type_: str) -> int:
    """How well a pattern fits a type: -1 if not at all, most if it is the type."""
    if pattern == type_:
        return 1000
    return len(pattern) if pattern.endswith("*") and type_.startswith(pattern[:-1]) else -1
