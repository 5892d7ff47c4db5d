"""Messages to destinations: the terms that name them, and the deliveries.

A message goes to each destination once, however many users get it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, select

from notifier.channels.destination import NAME
from notifier.channels.ports import Kind
from notifier.database.json_sql import in_text_parameter, json_array
from notifier.models import Delivery, Destination
from notifier.models.columns import new_public_id
from notifier.services import configured_channels
from notifier.services.validation import name_key

TERM = f"{NAME}:"
NOT_SET_UP = "destinations need the packages of an extra: pip install 'notifier-server[apprise]'"
# Built once: it runs at every send to a destination.
_BY_NAME = select(Destination.name_key, Destination.name, Destination.public_id).where(in_text_parameter(Destination.name_key, "names"))


class Place(NamedTuple):
    """A destination by its name and its public id."""

    name: str
    public_id: str


def set_up() -> bool:
    """Whether this server can send to destinations."""
    return NAME in configured_channels.by_name()


def places(connection: Connection, keys: Sequence[str]) -> dict[str, Place]:
    """Destinations by the keys of their names. Without keys no statement."""
    return {row[0]: Place(*row[1:]) for row in connection.execute(_BY_NAME, {"names": json_array(keys)})} if keys else {}


def add_message(transaction: Connection, message_id: int, terms: Iterable[str], due_at: datetime) -> None:
    """Add the deliveries of a message to the destinations among its terms."""
    keys = [name_key(term.removeprefix(TERM)) for term in terms if term.startswith(TERM)]
    add(transaction, Kind.MESSAGE, sorted(places(transaction, keys).values()), due_at, message_id)


def add(transaction: Connection, kind: Kind, targets: Sequence[Place], due_at: datetime, message_id: int | None = None) -> None:
    """Add a delivery to each of some destinations."""
    about = {"kind": kind, "channel": NAME, "message_id": message_id, "due_at": due_at, "not_before": due_at}
    rows = [about | {"public_id": new_public_id(), "target": one.name, "destination_id": one.public_id} for one in targets]
    if rows:
        transaction.execute(insert(Delivery), rows)


def address(connection: Connection, target: str, destination_id: str | None) -> str | None:
    """The address of a delivery's destination, a secret. None for one that is off or was removed."""
    on = select(Destination.url).where(of_delivery(target, destination_id), Destination.disabled_at.is_(None))
    found: str | None = connection.scalar(on)
    return found


def of_delivery(target: str, destination_id: str | None) -> ColumnElement[bool]:
    """The condition for the destination of a delivery, by name where a version before has written it."""
    return Destination.name == target if destination_id is None else Destination.public_id == destination_id
