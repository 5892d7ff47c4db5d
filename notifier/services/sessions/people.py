"""The owner and the viewers of a session.

Each is named as in an audience: `alice` and `user:alice` are the same, `id:42` is the user whom the host application calls 42.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from notifier.database.json_sql import in_numbers
from notifier.errors import FieldError, invalid, invalid_fields, shown
from notifier.models import User
from notifier.services.messages import audience
from notifier.services.sessions.drafts import NewSession


def term(name: str) -> str:
    """The term of an audience for an owner or a viewer."""
    return name if name.startswith(audience.SUBJECT) else f"user:{name}"


def of(transaction: Connection, new: NewSession, owner_id: int | None, *, creates: bool) -> tuple[int, list[int]]:
    """Return the ids of the owner and of the other viewers, with their rows locked.

    `owner_id`: the owner if `new` names none. `creates`: a subject that is unknown becomes a user.
    Raises `Invalid` naming each unknown user.
    """
    named = [("owner", new.owner)] if new.owner is not None else []
    named += [(f"viewers[{place}]", name) for place, name in enumerate(new.viewers)]
    if new.owner is None and owner_id is None:
        raise invalid("owner", "is required: name the user whose job it is")
    known = audience.users(transaction, [term(name) for _, name in named], creates=creates)
    wrong = [FieldError(field, f"there is no user {shown(name)}") for field, name in named if term(name) not in known]
    if wrong:
        raise invalid_fields(wrong)
    owner = known[term(new.owner)] if new.owner is not None else owner_id
    assert owner is not None
    viewers = sorted({known[term(name)] for name in new.viewers} - {owner})
    _lock(transaction, [owner, *viewers])
    return owner, viewers


def is_owner(connection: Connection, name: str, user_id: int) -> bool:
    """Whether `name` means this user."""
    return audience.users(connection, [term(name)]).get(term(name)) == user_id


def _lock(transaction: Connection, user_ids: Sequence[int]) -> None:
    """Lock the users' rows in rising order.

    The session's insert updates these rows, and another transaction may be creating one for the same users.
    """
    transaction.execute(select(User.id).where(in_numbers(User.id, user_ids)).order_by(User.id).with_for_update()).all()
