"""The switch that turns all streams off and on at run time.

It is stored in the database: every process sees it at its next poll, and every new stream at once.
"""

from __future__ import annotations

from flask import current_app
from sqlalchemy import Connection, select, update

from notifier import database
from notifier.errors import Conflict
from notifier.models import Installation
from notifier.services import audit

_ENABLED = select(Installation.streams_enabled)


def streams_enabled() -> bool:
    """Whether streams are served: both the setting and the switch have to be on."""
    with database.read() as connection:
        return serving(connection)


def set_streams(on: bool) -> None:
    """Turn streams on or off. Off: open streams get `bye disabled`, new ones 503, and pages poll.

    Raises `Conflict` when the setting is off: it belongs to the operator of the server, and an admin cannot override it.
    """
    if on and not current_app.config["ENABLE_SSE_NOTIFICATIONS"]:
        raise Conflict("NOTIFIER_ENABLE_SSE_NOTIFICATIONS is false: set it to true and restart.", code="off_by_setting")
    with database.write() as transaction:
        transaction.execute(update(Installation).values(streams_enabled=on))
        audit.note(transaction, "streams.on" if on else "streams.off")


def serving(connection: Connection) -> bool:
    """As `streams_enabled`, in the caller's snapshot."""
    return bool(current_app.config["ENABLE_SSE_NOTIFICATIONS"] and connection.scalar(_ENABLED))
