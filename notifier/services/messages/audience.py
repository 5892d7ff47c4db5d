"""From the words of an audience to the users they mean."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Select, func, select, union

from notifier import database
from notifier.errors import FieldError, Invalid, invalid
from notifier.models import Group, Inbox, Membership, User
from notifier.models.user import Role
from notifier.services.messages.content import Draft
from notifier.services.validation import name_key

_KINDS = ("user", "group", "role")
_WORDS = "must be user:NAME, group:NAME, role:NAME or all"


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people some words mean, and why some of them mean nobody, by word."""

    people: int
    unknown: dict[str, str]


def resolve(connection: Connection, draft: Draft) -> list[int]:
    """The ids of the users `draft` is for, each once, in rising order (the order in which inboxes are locked).

    Raises `Invalid` naming each word that means nobody known.
    """
    if draft.user_id is not None:
        user = connection.scalar(select(User.id).where(User.public_id == draft.user_id))
        if user is None:
            raise invalid("user_id", "there is no user with this id")
        return [user]
    meant, unknown = _meant(connection, draft.named)
    if unknown:
        places = [("to" if isinstance(draft.to, str) else f"to[{place}]", word) for place, word in enumerate(draft.named)]
        wrong = tuple(FieldError(field, unknown[word]) for field, word in places if word in unknown)
        raise Invalid("; ".join(f"{error.field}: {error.detail}" for error in wrong), errors=wrong)
    return sorted(connection.scalars(meant))


def reach(words: Sequence[str]) -> Reach:
    """What would be reached if it were sent now."""
    with database.read() as connection:
        meant, unknown = _meant(connection, words)
        return Reach(connection.scalar(select(func.count()).select_from(meant.subquery())) or 0, unknown)


def _meant(connection: Connection, words: Sequence[str]) -> tuple[Select[Any] | CompoundSelect[Any], dict[str, str]]:
    """The ids of all users that `words` mean, each once; and why some words mean nobody. In a few statements, however many there are."""
    said = {word: word.partition(":") for word in words if word != "all"}
    unknown = {word: _WORDS for word, (kind, _, name) in said.items() if kind not in _KINDS or not name or not name.isprintable()}
    keys = {word: (kind, name if kind == "role" else name_key(name)) for word, (kind, _, name) in said.items() if word not in unknown}
    users = _known(connection, User.name_key, [name for kind, name in keys.values() if kind == "user"])
    groups = _known(connection, Group.name_key, [name for kind, name in keys.values() if kind == "group"])
    there: dict[str, Container[str]] = {"user": users, "group": groups, "role": tuple(Role)}
    unknown |= {word: f"there is no {kind} {said[word][2]!r}" for word, (kind, name) in keys.items() if name not in there[kind]}
    if "all" in words:
        return select(Inbox.user_id), unknown
    named = select(User.id).where(User.id.in_(users.values()))
    playing = select(User.id).where(User.role.in_([name for kind, name in keys.values() if kind == "role"]))
    members = select(Membership.user_id).where(Membership.group_id.in_(groups.values()))
    return union(named, playing, members), unknown


def _known(connection: Connection, key: Any, names: list[str]) -> dict[str, int]:
    """The ids of those that are there, by the name they are compared by."""
    return {row[0]: row[1] for row in connection.execute(select(key, key.class_.id).where(key.in_(names)))} if names else {}
