"""The switch for all streams, at run time: kept in the database, seen by every process when it looks, and by every new stream at once."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import Connection, select, update

from notifier import database
from notifier.errors import Conflict
from notifier.models import Installation
from notifier.services import audit


def streams_enabled() -> bool:
    """Whether streams are served: the setting and the switch both have to say so."""
    with database.read() as connection:
        return serving(connection)


def set_streams(on: bool) -> None:
    """Turns the switch. Off: open streams get `bye disabled`, new ones 503, and pages poll.

    Raises `Conflict` when the setting says off: that is the word of whoever runs the server.
    """
    if on and not current_app.config["ENABLE_SSE_NOTIFICATIONS"]:
        raise Conflict("NOTIFIER_ENABLE_SSE_NOTIFICATIONS is false: set it to true and restart.", code="off_by_setting")
    with database.write() as transaction:
        transaction.execute(update(Installation).values(streams_enabled=on))
        audit.note(transaction, "streams.on" if on else "streams.off")


def serving(connection: Connection) -> bool:
    """As `streams_enabled`, in a snapshot that is being read anyway."""
    return bool(current_app.config["ENABLE_SSE_NOTIFICATIONS"] and connection.scalar(select(Installation.streams_enabled)))
