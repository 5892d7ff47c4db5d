"""Sending: from a draft to a message and a notification in each recipient's inbox, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, literal, select, update

from notifier import database
from notifier.errors import invalid
from notifier.models import Inbox, Message, Notification
from notifier.models.columns import new_public_id, now
from notifier.models.notification import Status
from notifier.services import audience
from notifier.services.drafts import Draft
from notifier.services.hint import hint

AT_ONCE = 500
"""People written in one transaction; their chunk stalls other requests for less than 5 ms."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`id`: the message's public id. `seq`: of the one recipient's inbox, None unless there is exactly one."""

    id: str
    recipients: int
    seq: int | None


def send(draft: Draft, *, sender_id: int | None) -> Sent:
    """Commits the message with every recipient's notification, then tells their streams. `sender_id` None: this machine itself.

    Raises `Invalid` for an audience that cannot be, `Unavailable` when the database cannot take it; then nothing was changed.
    """
    with database.write() as transaction:
        recipients = audience.resolve(transaction, draft)
        if len(recipients) > AT_ONCE:
            raise invalid("to", f"reaches {len(recipients)} people; at most {AT_ONCE} at once")
        public_id = new_public_id()
        message_id = _write_message(transaction, draft, public_id, sender_id)
        seq = _deliver(transaction, message_id, recipients)
    hint(recipients)
    return Sent(public_id, len(recipients), seq if len(recipients) == 1 else None)


def _write_message(transaction: Connection, draft: Draft, public_id: str, sender_id: int | None) -> int:
    message_id = transaction.scalar(
        insert(Message)
        .values(
            public_id=public_id,
            sender_id=sender_id,
            type=draft.type,
            priority=draft.priority,
            title=draft.heading,
            text=draft.message,
            data=draft.metadata,
            actions=[action.model_dump() for action in draft.actions],
            image_url=draft.image_url,
            related_session_id=draft.related_session_id,
        )
        .returning(Message.id)
    )
    assert message_id is not None
    return int(message_id)


def _deliver(transaction: Connection, message_id: int, recipients: list[int]) -> int | None:
    """One row and one seq for each of `recipients`. Their inboxes are locked in rising order: unordered, concurrent sends deadlock."""
    if not recipients:
        return None
    theirs = Inbox.user_id.in_(recipients)
    transaction.execute(select(Inbox.user_id).where(theirs).order_by(Inbox.user_id).with_for_update())
    transaction.execute(update(Inbox).where(theirs).values(seq=Inbox.seq + 1, unread=Inbox.unread + 1, kept=Inbox.kept + 1))
    rows = select(
        Inbox.user_id,
        literal(message_id),
        literal(Status.UNREAD.value),
        Inbox.seq,
        Inbox.seq,
        literal(now(), Notification.changed_at.type),
    )
    columns = ["user_id", "message_id", "status", "seq", "body_seq", "changed_at"]
    transaction.execute(insert(Notification).from_select(columns, rows.where(theirs)))
    return transaction.scalar(select(Inbox.seq).where(Inbox.user_id == recipients[0]))
