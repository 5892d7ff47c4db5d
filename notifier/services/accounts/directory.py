"""Lists of people, groups and their members for those who look after them, by name, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from notifier import database
from notifier.errors import NotFound
from notifier.models import Group, Membership, SignIn, User
from notifier.models.user import Role
from notifier.services.pagination import read_page
from notifier.services.validation import name_key

_MEMBERS = select(func.count()).where(Membership.group_id == Group.id).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list by name. `after`: where the next page begins, or None."""

    rows: list[Any]
    after: str | None


def people(query: str = "", role: str = "", *, limit: int, after: str = "") -> Listed:
    """Users whose names hold `query`: `id`, `public_id`, `name`, `role`, `disabled_at`, `created_at`, `signed_in` (somewhere)."""
    signed_in = exists().where(SignIn.user_id == User.id, SignIn.revoked_at.is_(None), SignIn.expires_at > func.now())
    shown = (User.public_id, User.name, User.name_key, User.role, User.disabled_at, User.created_at, signed_in.label("signed_in"))
    found = select(*shown).where(_holds(User.name_key, query))
    return _page(found.where(User.role == role) if role else found, User.name_key, limit, after)


def groups(query: str = "", *, limit: int, after: str = "") -> Listed:
    """Groups whose names hold `query`: `name`, `members` (how many), `created_at`."""
    found = select(Group.name, Group.name_key, Group.created_at, _MEMBERS.label("members")).where(_holds(Group.name_key, query))
    return _page(found, Group.name_key, limit, after)


def group(name: str) -> Any:
    """`id`, `name`, `members` (how many). Raises `NotFound`."""
    found = select(Group.id, Group.name, _MEMBERS.label("members")).where(Group.name_key == name_key(name))
    with database.read() as connection:
        row = connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(f"There is no group {name!r}.")
    return row


def members(group_id: int, *, limit: int, after: str = "") -> Listed:
    """Members of a group: `public_id`, `name`, `manager`, `disabled_at`."""
    found = select(User.public_id, User.name, User.name_key, Membership.manager, User.disabled_at)
    found = found.join(Membership, Membership.user_id == User.id).where(Membership.group_id == group_id)
    return _page(found, User.name_key, limit, after)


def groups_of(user_id: int) -> list[Any]:
    """The groups somebody is in, by name: `name`, `manager`."""
    found = select(Group.name, Membership.manager).join(Membership, Membership.group_id == Group.id)
    with database.read() as connection:
        return list(connection.execute(found.where(Membership.user_id == user_id).order_by(Group.name_key)))


def words(start: str, *, limit: int) -> list[str]:
    """Words of an audience that begin like `start`: a bare beginning means people and groups alike."""
    kind, colon, name = start.partition(":")
    key = name_key(name if colon else start)
    roles = [f"role:{role}" for role in Role if f"role:{role}".startswith(start)]
    everybody = ["all"] if "all".startswith(start) else []
    found = everybody + roles
    with database.read() as connection:
        for word, column in (("group", Group.name), ("user", User.name)):
            if colon and kind != word:
                continue
            begins = "" if not colon and word.startswith(kind) else key
            found += [f"{word}:{each}" for each in connection.scalars(_beginning(column, begins).limit(limit))]
    return found[:limit]


def _beginning(column: Any, key: str) -> Any:
    name = column.class_.name_key
    return select(column).where(name.startswith(key, autoescape=True)).order_by(name)


def _holds(column: ColumnElement[str] | Any, query: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.contains(name_key(query), autoescape=True)
    return condition


def _page(found: Any, column: Any, limit: int, after: str) -> Listed:
    with database.read() as connection:
        return Listed(*read_page(connection, found.where(column > after).order_by(column), limit, "name_key"))
