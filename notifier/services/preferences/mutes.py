"""A user's mutes: of a type, a sender or a thread, until a time or for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection, delete, func, insert, or_, select

from notifier import database
from notifier.errors import NotFound, invalid
from notifier.models import Mute
from notifier.models.columns import new_public_id, now
from notifier.services.preferences import pauses
from notifier.services.validation import Instant, Line, StrictModel, name_key

_MAX_MUTES = 500
"""Mutes of one user: each send reads those that fit."""


class MuteDraft(StrictModel):
    """What to mute."""

    kind: Literal["type", "sender", "thread"]
    value: Annotated[Line, Field(min_length=1, max_length=64)]
    """The type, the name of the sender, or the thread."""
    until: Instant | None = None
    """In the future, within a year; without it, for ever."""


def listing(user_id: int) -> Sequence[Any]:
    """The user's mutes that are not over, oldest first."""
    with database.read() as connection:
        return _of_user(connection, user_id)


@database.retry_on_conflict
def mute(user_id: int, wanted: MuteDraft) -> Any:
    """Mute something, or change until when. Returns the row.

    Raises `Invalid` for a time that is over or more than a year ahead, or when there are too many.
    """
    if wanted.until is not None:
        pauses.check_until(wanted.until)
    value = name_key(wanted.value) if wanted.kind == "sender" else wanted.value
    if len(value) > Mute.value.type.length:
        raise invalid("value", "is too long for a name")
    same = (Mute.user_id == user_id) & (Mute.kind == wanted.kind) & (Mute.value == value)
    with database.write() as transaction:
        pauses.lock(transaction, user_id)
        over = (Mute.user_id == user_id) & (Mute.until <= now())
        transaction.execute(delete(Mute).where(or_(same, over)))
        if (transaction.scalar(select(func.count()).select_from(Mute).where(Mute.user_id == user_id)) or 0) >= _MAX_MUTES:
            raise invalid("value", f"at most {_MAX_MUTES} mutes: unmute something first")
        row = {"public_id": new_public_id(), "user_id": user_id, "kind": wanted.kind, "value": value, "until": wanted.until}
        transaction.execute(insert(Mute).values(**row))
        return transaction.execute(select(Mute.__table__).where(same)).one()


def unmute(user_id: int, public_id: str) -> None:
    """End one of the user's mutes. Raises `NotFound`."""
    with database.write() as transaction:
        if not transaction.execute(delete(Mute).where(Mute.user_id == user_id, Mute.public_id == public_id)).rowcount:
            raise NotFound("There is no such mute of yours.")


def _of_user(connection: Connection, user_id: int) -> Sequence[Any]:
    current = or_(Mute.until.is_(None), Mute.until > now())
    return connection.execute(select(Mute.__table__).where(Mute.user_id == user_id, current).order_by(Mute.id)).all()
