"""From the words of an audience to the users they mean."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from notifier import database
from notifier.errors import FieldError, Invalid
from notifier.models import Group, Inbox, Membership, User
from notifier.models.user import Role
from notifier.services.drafts import Draft
from notifier.services.words import name_key

_KINDS = ("user", "group", "role")
_WORDS = "must be user:NAME, group:NAME, role:NAME or all"


def resolve(connection: Connection, draft: Draft) -> list[int]:
    """The ids of the users `draft` is for, each once, in rising order (the order in which inboxes are locked).

    Raises `Invalid` naming each word that means nobody known.
    """
    if draft.user_id is not None:
        return _selected(connection, [("user_id", _by_public_id(connection, draft.user_id))])
    named = [("to", draft.to)] if isinstance(draft.to, str) else [(f"to[{i}]", word) for i, word in enumerate(draft.named)]
    return _selected(connection, [(field, _meant(connection, word)) for field, word in named])


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people some words mean, and why some of them mean nobody, by word."""

    people: int
    unknown: dict[str, str]


def reach(words: Sequence[str]) -> Reach:
    """What would be reached if it were sent now. In a few statements, however many words there are."""
    said = {word: word.partition(":") for word in words if word != "all"}
    unknown = {word: _WORDS for word, (kind, _, name) in said.items() if kind not in _KINDS or not name or not name.isprintable()}
    keys = {word: (kind, name if kind == "role" else name_key(name)) for word, (kind, _, name) in said.items() if word not in unknown}
    with database.read() as connection:
        users = _known(connection, User.name_key, [name for kind, name in keys.values() if kind == "user"])
        groups = _known(connection, Group.name_key, [name for kind, name in keys.values() if kind == "group"])
        there: dict[str, Container[str]] = {"user": users, "group": groups, "role": tuple(Role)}
        unknown |= {word: f"there is no {kind} {said[word][2]!r}" for word, (kind, name) in keys.items() if name not in there[kind]}
        if "all" in words:
            return Reach(connection.scalar(select(func.count()).select_from(Inbox)) or 0, unknown)
        roles = [name for kind, name in keys.values() if kind == "role"]
        members = select(Membership.user_id).where(Membership.group_id.in_(groups.values()))
        meant = User.id.in_(users.values()) | User.role.in_(roles) | User.id.in_(members)
        return Reach(connection.scalar(select(func.count()).select_from(User).where(meant)) or 0, unknown)


def _known(connection: Connection, key: Any, names: list[str]) -> dict[str, int]:
    """The ids of those that are there, by the name they are compared by."""
    return {row[0]: row[1] for row in connection.execute(select(key, key.class_.id).where(key.in_(names)))} if names else {}


def _selected(connection: Connection, meant: Sequence[tuple[str, Select[int] | str]]) -> list[int]:
    wrong = tuple(FieldError(field, why) for field, why in meant if isinstance(why, str))
    if wrong:
        raise Invalid("; ".join(f"{error.field}: {error.detail}" for error in wrong), errors=wrong)
    ids: set[int] = set()
    for _, users in meant:
        if not isinstance(users, str):
            ids.update(connection.scalars(users))
    return sorted(ids)


def _meant(connection: Connection, word: str) -> Select[int] | str:
    """The users a word means, or why it means none."""
    kind, colon, name = word.partition(":")
    if word == "all":
        return select(Inbox.user_id)
    if not colon or not name or kind not in _KINDS:
        return _WORDS
    if kind == "role":
        return select(User.id).where(User.role == name) if name in tuple(Role) else f"there is no role {name!r}"
    if kind == "group":
        group = connection.scalar(select(Group.id).where(Group.name_key == name_key(name)))
        return f"there is no group {name!r}" if group is None else select(Membership.user_id).where(Membership.group_id == group)
    user = connection.scalar(select(User.id).where(User.name_key == name_key(name)))
    return f"there is no user {name!r}" if user is None else select(User.id).where(User.id == user)


def _by_public_id(connection: Connection, public_id: str) -> Select[int] | str:
    user = connection.scalar(select(User.id).where(User.public_id == public_id))
    return "there is no user with this id" if user is None else select(User.id).where(User.id == user)
