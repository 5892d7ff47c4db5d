"""Lists of users, groups and members for the admin pages, by name, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from notifier import database
from notifier.errors import NotFound, shown
from notifier.models import Destination, Group, Membership, SignIn, User
from notifier.models.user import Role
from notifier.services.pagination import read_page
from notifier.services.validation import name_key

_MEMBERS = select(func.count()).where(Membership.group_id == Group.id).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list by name. `after`: the cursor of the next page, or None."""

    rows: list[Any]
    after: str | None


def every(page: Callable[[str], Listed]) -> Iterator[Any]:
    """All rows of a list. `page`: reads the page after a cursor, the first after the empty one."""
    after: str | None = ""
    while after is not None:
        listed = page(after)
        yield from listed.rows
        after = listed.after


def people(query: str = "", role: str = "", *, limit: int, after: str = "") -> Listed:
    """Users whose names contain `query`.

    Rows: `public_id`, `name`, `role`, `disabled_at`, `created_at`, `signed_in` (on any device).
    """
    signed_in = exists().where(SignIn.user_id == User.id, SignIn.revoked_at.is_(None), SignIn.expires_at > func.now())
    shown = (User.public_id, User.name, User.name_key, User.role, User.disabled_at, User.created_at, signed_in.label("signed_in"))
    found = select(*shown).where(_contains(User.name_key, query))
    return _page(found.where(User.role == role) if role else found, User.name_key, limit, after)


def groups(query: str = "", *, limit: int, after: str = "") -> Listed:
    """Groups whose names contain `query`: `name`, `managed`, `members` (their number), `created_at`."""
    found = select(Group.name, Group.managed, Group.name_key, Group.created_at, _MEMBERS.label("members")).where(
        _contains(Group.name_key, query)
    )
    return _page(found, Group.name_key, limit, after)


def group(name: str) -> Any:
    """One group: `id`, `name`, `managed`, `members` (their number), `created_at`. Raises `NotFound`."""
    found = select(Group.id, Group.name, Group.managed, Group.created_at, _MEMBERS.label("members")).where(Group.name_key == name_key(name))
    with database.read() as connection:
        row = connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(f"There is no group {shown(name)}.")
    return row


def members(group_id: int, *, limit: int, after: str = "") -> Listed:
    """Members of a group: `public_id`, `name`, `manager`, `disabled_at`."""
    found = select(User.public_id, User.name, User.name_key, Membership.manager, User.disabled_at)
    found = found.join(Membership, Membership.user_id == User.id).where(Membership.group_id == group_id)
    return _page(found, User.name_key, limit, after)


def groups_of(user_id: int) -> list[Any]:
    """The groups of a user, by name: `name`, `manager`."""
    found = select(Group.name, Membership.manager).join(Membership, Membership.group_id == Group.id)
    with database.read() as connection:
        return list(connection.execute(found.where(Membership.user_id == user_id).order_by(Group.name_key)))


def suggest_terms(start: str, *, limit: int) -> list[str]:
    """Terms of an audience that begin with `start`.

    Without a kind such as `user:`, users, groups and destinations are searched.
    """
    kind, colon, name = start.partition(":")
    key = name_key(name if colon else start)
    roles = [f"role:{role}" for role in Role if f"role:{role}".startswith(start)]
    found = (["all"] if "all".startswith(start) else []) + roles
    with database.read() as connection:
        for term_kind, column in (("group", Group.name), ("destination", Destination.name), ("user", User.name)):
            if colon and kind != term_kind:
                continue
            prefix = "" if not colon and term_kind.startswith(kind) else key
            found += [f"{term_kind}:{each}" for each in connection.scalars(_starting_with(column, prefix).limit(limit))]
    return found[:limit]


def _starting_with(column: Any, key: str) -> Any:
    name = column.class_.name_key
    return select(column).where(name.startswith(key, autoescape=True)).order_by(name)


def _contains(column: ColumnElement[str] | Any, query: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.contains(name_key(query), autoescape=True)
    return condition


def _page(found: Any, column: Any, limit: int, after: str) -> Listed:
    with database.read() as connection:
        return Listed(*read_page(connection, found.where(column > after).order_by(column), limit, "name_key"))
