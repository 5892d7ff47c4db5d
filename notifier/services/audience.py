"""From the words of an audience to the users they mean."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, select

from notifier.errors import FieldError, Invalid
from notifier.models import Group, Inbox, Membership, User
from notifier.models.user import Role
from notifier.services.drafts import Draft
from notifier.services.words import name_key

_WORDS = "must be user:NAME, group:NAME, role:NAME or all"


def resolve(connection: Connection, draft: Draft) -> list[int]:
    """The ids of the users `draft` is for, each once, in rising order (the order in which inboxes are locked).

    Raises `Invalid` naming each word that means nobody known.
    """
    if draft.user_id is not None:
        return _selected(connection, [("user_id", _by_public_id(connection, draft.user_id))])
    named = [("to", draft.to)] if isinstance(draft.to, str) else [(f"to[{i}]", word) for i, word in enumerate(draft.named)]
    return _selected(connection, [(field, _meant(connection, word)) for field, word in named])


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
    if not colon or not name or kind not in ("user", "group", "role"):
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
