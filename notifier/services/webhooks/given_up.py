"""Record for webhooks that a delivery was given up."""

from __future__ import annotations

from sqlalchemy import Connection, select

from notifier.models import Delivery, Message, User
from notifier.services.webhooks import recording

_EVENT = "delivery.given_up"


def record(transaction: Connection, delivery_id: int) -> None:
    """Record the event. The delivery is in its new state already."""
    webhooks = recording.listeners(transaction, _EVENT)
    if not webhooks:
        return
    own = (Delivery.target, Delivery.public_id, Delivery.channel, Delivery.kind, Delivery.reason, Delivery.answer, Delivery.attempts)
    found = select(*own, User.name.label("user"), Message.public_id.label("message"))
    found = found.outerjoin(User, User.id == Delivery.user_id).outerjoin(Message, Message.id == Delivery.message_id)
    row = transaction.execute(found.where(Delivery.id == delivery_id)).one()
    about = {"id": row.public_id, "channel": row.channel, "kind": row.kind, "user": row.user, "message": row.message}
    about["destination"] = row.target if row.user is None else None
    recording.add(transaction, webhooks, _EVENT, [about | {"reason": row.reason, "answer": row.answer, "attempts": row.attempts}])
