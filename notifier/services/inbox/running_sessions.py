"""Running sessions of the notifications in an inbox, which show their progress."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from notifier.database.json_sql import in_parameter, json_array
from notifier.models import Session

_BY_MESSAGE = select(Session.__table__).where(in_parameter(Session.message_id, "ids"))


def by_message(connection: Connection, message_ids: Collection[int]) -> dict[int, Any]:
    """The rows of running sessions that these messages announce, by the id of the message."""
    if not message_ids:
        return {}
    return {row.message_id: row for row in connection.execute(_BY_MESSAGE, {"ids": json_array(message_ids)})}
