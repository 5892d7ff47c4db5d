"""Quick replies: a notification asks, its reader answers, and the answer goes to whoever sent it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import Connection, Select, insert, select

from notifier import database
from notifier.errors import Conflict, invalid
from notifier.models import Message, Notification, Reply, User
from notifier.models.notification import Status
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints
from notifier.services.inbox import changes, inbox
from notifier.services.inbox.inbox import Head
from notifier.services.messages import inbox_writes, reports, send
from notifier.services.messages.content import Draft
from notifier.services.validation import Text

TYPE = "reply"
LONGEST = 1000


class Answer(BaseModel):
    """What somebody answers."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    text: Annotated[Text, Field(max_length=LONGEST)]

    @field_validator("text")
    @classmethod
    def _said(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be empty")
        return value.strip()


@database.retry_on_conflict
def give(account: Account, public_id: str, answer: Answer) -> tuple[Any, Head, bool]:
    """The reply, where the inbox stands then, and whether it is new: the same words to the same question count once.

    The question is read with it. Raises `NotFound` for what is not in the inbox, `Conflict` for a notification that does not ask.
    """
    told: list[int] = []
    with database.write() as transaction:
        question = inbox.one(transaction, account.id, public_id)
        if not any("reply" in action for action in question.actions):
            raise Conflict("This notification does not ask for an answer.", code="not_asked")
        sender = _sender(question.sender)
        # Both inboxes at once and in order: two people who answer each other would deadlock.
        changes.lock(transaction, [account.id, *sender])
        reply, fresh = _kept(transaction, account.id, question.message_id, public_id, answer.text)
        if fresh:
            told = sender
            _tell(transaction, account, question, reply, sender)
        rows = [Notification.id == question.row_id, Notification.status == Status.UNREAD]
        changed = changes.change(transaction, rows, Status.READ, own=True)
        head = inbox.head_in(transaction, account.id)
    publish_hints({*changed, *told})
    return reply, head, fresh


def given_to(public_id: str, sender: str | None, *, after: str | None, limit: int) -> Sequence[Any]:
    """The replies to a message, oldest first, those behind the reply `after`. Raises `NotFound` unless `sender` sent it."""
    with database.read() as connection:
        asked = reports.one(connection, public_id, sender)
        # A later message that updated it in place bears its id.
        found = _replies().where((Reply.message_id == asked.id) | (Reply.notification_id == public_id), Message.sender == asked.sender)
        if after is not None:
            last = connection.scalar(select(Reply.id).where(Reply.public_id == after))
            if last is None:
                raise invalid("after", "there is no such reply")
            found = found.where(Reply.id > last)
        return connection.execute(found.order_by(Reply.id).limit(limit)).all()


def _kept(transaction: Connection, user_id: int, message_id: int, public_id: str, text: str) -> tuple[Any, bool]:
    same = (Reply.message_id == message_id) & (Reply.user_id == user_id) & (Reply.text == text)
    earlier = transaction.execute(_replies().where(same)).first()
    if earlier is not None:
        return earlier, False
    values = {"message_id": message_id, "user_id": user_id, "notification_id": public_id, "text": text}
    id_ = transaction.scalar(insert(Reply).values(**values).returning(Reply.id))
    return transaction.execute(_replies().where(Reply.id == id_)).one(), True


def _tell(transaction: Connection, account: Account, question: Any, reply: Any, sender: Sequence[int]) -> None:
    """As a notification, if it was a user who asked. Others ask for the replies."""
    if not sender:
        return
    draft = Draft(
        user_id="the sender",
        type=TYPE,
        title=f"Reply from {account.name}",
        message=reply.text,
        metadata={"notification_id": reply.notification_id, "reply_id": reply.public_id},
        related_session_id=question.related_session_id,
    )
    message_id, _ = send.write_message(transaction, draft, account.sender, len(sender), True)
    inbox_writes.deliver(transaction, message_id, sender)


def _sender(sender: str) -> list[int]:
    kind, _, id_ = sender.partition(":")
    return [int(id_)] if kind == "user" else []


def _replies() -> Select[Any]:
    columns: tuple[Any, ...] = (Reply.public_id, Reply.notification_id, Reply.text, Reply.created_at, User.name)
    return select(*columns).join(User, User.id == Reply.user_id).join(Message, Message.id == Reply.message_id)
