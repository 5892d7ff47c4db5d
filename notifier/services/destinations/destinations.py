"""Destinations of admins: create, turn on and off, remove, test.

Addresses hold secrets: none is shown, logged or noted after it was entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.channels.destination import NAME, service_of
from notifier.channels.guard import NotAllowed
from notifier.channels.ports import Kind
from notifier.errors import Conflict, FieldError, NotFound, invalid, invalid_fields, shown
from notifier.models import Destination
from notifier.models.columns import new_public_id
from notifier.services import audit, configured_channels, remotes, validation
from notifier.services.destinations import posting
from notifier.services.destinations.posting import Place
from notifier.services.loading import load_once

_SHOWN = ("public_id", "name", "service", "scheme", "disabled_at", "failing_since", "last_ok_at", "created_at")


def listing() -> Sequence[Any]:
    """All destinations by name, without their addresses."""
    columns = [Destination.__table__.c[name] for name in _SHOWN]
    with database.read() as connection:
        return connection.execute(select(*columns).order_by(Destination.name_key)).all()


def get(public_id: str) -> Any:
    """One destination. Raises `NotFound`."""
    return remotes.get(Destination, public_id)


def id_of(name: str) -> str:
    """The public id of a destination. Raises `NotFound`."""
    with database.read() as connection:
        found = connection.scalar(select(Destination.public_id).where(Destination.name_key == validation.name_key(name)))
    if found is None:
        raise NotFound(f"There is no destination {shown(name)}.")
    return str(found)


def create(name: str, url: str) -> str:
    """Create a destination and return its public id.

    Raises `Invalid`, with a text that holds no part of the address but its host.
    """
    if not posting.set_up():
        raise Conflict(f"{posting.NOT_SET_UP[0].upper()}{posting.NOT_SET_UP[1:]}.", code="not_set_up")
    name, service = _checked(name, url)
    values = {"public_id": new_public_id(), "name": name, "name_key": validation.name_key(name), "url": url}
    about = {"service": service[:60], "scheme": url.partition(":")[0].lower()[:30]}
    try:
        with database.write() as transaction:
            transaction.execute(insert(Destination).values(**values | about))
            audit.note(transaction, "destination.created", name, service)
    except IntegrityError:
        raise invalid("name", f"the destination {shown(name)} exists already") from None
    return values["public_id"]


def switch(public_id: str, *, on: bool) -> None:
    """Turn a destination on or off. What is sent to it while it is off is dropped. Raises `NotFound`."""
    remotes.switch(Destination, public_id, on=on)


def remove(public_id: str) -> None:
    """Remove a destination. What waits for it is dropped. Raises `NotFound`."""
    remotes.remove(Destination, public_id)


@database.retry_on_conflict
def send_test(public_id: str) -> None:
    """Send a test to a destination. Raises `NotFound`, and `Conflict` for one that is off."""
    with database.write() as transaction:
        found = remotes.one_that_is_on(transaction, Destination, public_id)
        posting.add(transaction, Kind.TEST, [Place(found.name, found.public_id)], database.clock(transaction))


def _checked(name: str, url: str) -> tuple[str, str]:
    """The name as it is stored, and the service of the address."""
    wrong, service = [], ""
    try:
        name = validation.name(name)
    except ValueError as error:
        wrong.append(FieldError("name", str(error)))
    try:
        remotes.check_length(url)
        load_once(NAME, configured_channels.by_name()[NAME].load)
        service = service_of(url, private=current_app.config["ALLOW_PRIVATE_TARGETS"])
    except (ValueError, NotAllowed) as error:
        wrong.append(FieldError("url", str(error)))
    if wrong:
        raise invalid_fields(wrong)
    return name, service
