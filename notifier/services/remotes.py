"""What admins do with webhooks and destinations alike: look up, turn on and off, remove."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, literal_column, select, update

from notifier import database
from notifier.channels.destination import NAME
from notifier.errors import Conflict, NotFound
from notifier.models import Delivery, Destination, Webhook
from notifier.models.delivery import State
from notifier.models.remote import MAX_URL_LENGTH
from notifier.services import audit

Table = type[Webhook] | type[Destination]
_REMOVED = "no_destination"
"""`Reason.NO_DESTINATION`, in a folder that this one does not import."""


def noun(table: Table) -> str:
    """What one of them is called, on pages and in the audit log."""
    return "webhook" if table is Webhook else "destination"


def get(table: Table, public_id: str) -> Any:
    """One of them, as a row. Raises `NotFound`."""
    with database.read() as connection:
        return one(connection, table, public_id)


def one(connection: Connection, table: Table, public_id: str) -> Any:
    """As `get`, in the caller's transaction."""
    row = connection.execute(select(table.__table__).where(table.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no such {noun(table)}. Reload the page.")
    return row


def one_that_is_on(connection: Connection, table: Table, public_id: str) -> Any:
    """As `one`. Raises `Conflict` for one that is off."""
    found = one(connection, table, public_id)
    if found.disabled_at is not None:
        raise Conflict(f"The {noun(table)} is off. Turn it on first.", code="turned_off")
    return found


@database.retry_on_conflict
def switch(table: Table, public_id: str, *, on: bool) -> None:
    """Turn one on or off. Raises `NotFound`."""
    with database.write() as transaction:
        found = one(transaction, table, public_id)
        values = {"disabled_at": None if on else database.clock(transaction), "failing_since": None}
        transaction.execute(update(table).where(table.id == found.id).values(**values))
        audit.note(transaction, f"{noun(table)}.{'on' if on else 'off'}", found.name)


@database.retry_on_conflict
def remove(table: Table, public_id: str) -> None:
    """Remove a webhook or a destination, with all that waits for it. Raises `NotFound`."""
    with database.write() as transaction:
        found = one(transaction, table, public_id)
        transaction.execute(delete(table).where(table.id == found.id))
        if table is Destination:
            _drop_waiting(transaction, found.name)
        audit.note(transaction, f"{noun(table)}.removed", found.name)


def check_length(url: str) -> None:
    """Raise `ValueError` for an address that is too long to store."""
    if len(url) > MAX_URL_LENGTH:
        raise ValueError(f"must be at most {MAX_URL_LENGTH} characters")


def _drop_waiting(transaction: Connection, name: str) -> None:
    """Drop what waits for a destination that is removed: another one of this name may lead elsewhere.

    Calls of a webhook go with its row.
    """
    # A literal, not a bound parameter: otherwise SQLite does not see that its partial index matches.
    waiting = (Delivery.state == literal_column("'waiting'")) & (Delivery.channel == NAME) & (Delivery.target == name)
    skipped = {"state": State.SKIPPED, "reason": _REMOVED, "settled_at": database.clock(transaction)}
    transaction.execute(update(Delivery).where(waiting).values(**skipped))
