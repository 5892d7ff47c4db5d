"""Running sessions of the notifications in an inbox, which show their progress."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from notifier.database.json_sql import in_numbers
from notifier.models import Session


def by_message(connection: Connection, message_ids: Collection[int]) -> dict[int, Any]:
    """The rows of running sessions that these messages announce, by the id of the message."""
    if not message_ids:
        return {}
    found = select(Session.__table__).where(in_numbers(Session.message_id, message_ids))
    return {row.message_id: row for row in connection.execute(found)}
