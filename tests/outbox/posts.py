"""Destinations of the tests, in this process. The clock is moved by moving what is stored into the past."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import Row, select, update

from notifier import database
from notifier.models import Delivery, Destination
from notifier.services.destinations import destinations
from notifier.services.messages.send import Draft, Sent, send
from notifier.services.outbox import claims
from tests.outbox.queues import deliveries_on, send_all
from tests.outbox.receiver import Receiver

TOKEN = "s3cret-t0ken"


def address(receiver: Receiver) -> str:
    """The receiver's as Apprise has it, with a secret."""
    return f"{receiver.url.replace('http:', 'json:')}/{TOKEN}"


def destination(receiver: Receiver, name: str = "ops") -> str:
    """A new destination's id."""
    return destinations.create(name, address(receiver))


def post(**fields: object) -> Sent:
    return send(Draft.model_validate({"to": "destination:ops", "title": "Deployed"} | fields))


def contents(receiver: Receiver) -> list[tuple[str, str, str]]:
    bodies = [json.loads(call.body) for call in receiver.calls]
    return [(body["type"], body["title"], body["message"]) for body in bodies]


def work() -> None:
    """Send what is due. Targets that failed do not rest."""
    while claims.release_step():
        pass
    queue = deliveries_on("destination")
    with patch.object(queue.resting, "add"):
        send_all(queue)


def later(moved: timedelta) -> None:
    """Move the clock of destinations and their deliveries forward."""
    with database.write() as transaction:
        for table, names in ((Delivery, ("not_before", "due_at", "lease_until")), (Destination, ("failing_since",))):
            for row in transaction.execute(select(table.__table__)).all():
                values = {name: getattr(row, name) - moved for name in names if getattr(row, name)}
                if values:
                    transaction.execute(update(table).where(table.id == row.id).values(**values))


def deliveries() -> Sequence[Row[Any]]:
    with database.read() as connection:
        return connection.execute(select(Delivery.__table__).where(Delivery.channel == "destination").order_by(Delivery.id)).all()


def states() -> list[tuple[str, int, str | None]]:
    return [(row.state, row.attempts, row.reason) for row in deliveries()]
