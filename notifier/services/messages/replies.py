"""Quick replies: the recipient of a notification that asks answers its sender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, field_validator
from sqlalchemy import Connection, Select, insert, select

from notifier import database
from notifier.errors import Conflict, invalid
from notifier.models import Message, Reply, User
from notifier.services import audit
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints
from notifier.services.inbox import changes, inbox
from notifier.services.inbox.inbox import Head
from notifier.services.messages import inbox_writes, reports, send
from notifier.services.messages.content import Content
from notifier.services.validation import StrictModel, Text, visible
from notifier.services.webhooks import recording

MAX_REPLY_LENGTH = 1000


class Answer(StrictModel):
    """The answer to a notification that asks."""

    text: Annotated[Text, Field(max_length=MAX_REPLY_LENGTH)]

    @field_validator("text")
    @classmethod
    def _not_empty(cls, value: str) -> str:
        return visible(value).strip()


@database.retry_on_conflict
def give(account: Account, public_id: str, answer: Answer) -> tuple[Any, Head]:
    """Store the one reply to a question. Returns its row and the head of the inbox.

    The question becomes read. Raises `NotFound` if it is not in the inbox, and `Conflict` for a notification that does not ask or that
    the user has answered.
    """
    notified: list[int] = []
    with database.write() as transaction:
        question = inbox.one(transaction, account.id, public_id)
        if not any("reply" in action for action in question.actions):
            raise Conflict("This notification does not ask for an answer.", code="not_asked")
        sender = _sender_ids(question.sender)
        # Both inboxes at once and in order: two users who answer each other would deadlock.
        changes.lock(transaction, [account.id, *sender])
        reply = _stored(transaction, account.id, question.message_id, public_id, answer.text)
        if sender:
            notified = sender
            send.send_within(transaction, _content(account, question, reply), sender=account.sender, recipients=sender)
        audit.note(transaction, "reply", public_id, f"to {question.sender}")
        given = {"id": reply.public_id, "notification": public_id, "user": account.name, "text": answer.text}
        recording.record(transaction, "reply.given", given)
        changed = changes.answer(transaction, question.row_id, account.id, answer.text)
        head = inbox.head_in(transaction, account.id)
    publish_hints({*changed, *notified})
    return reply, head


def given_to(public_id: str, sender: str | None, *, after: str | None, limit: int) -> Sequence[Any]:
    """List the replies to a message, oldest first, those behind the reply `after`.

    Raises `NotFound` unless `sender` sent it.
    """
    with database.read() as connection:
        question = reports.one(connection, public_id, sender)
        # A later message that updated it in place is shown under its id.
        same_id = (Reply.message_id == question.id) | (Reply.notification_id == public_id)
        found = _replies().where(same_id, Message.sender == question.sender)
        if after is not None:
            last = connection.scalar(select(Reply.id).where(Reply.public_id == after))
            if last is None:
                raise invalid("after", "there is no such reply")
            found = found.where(Reply.id > last)
        return connection.execute(found.order_by(Reply.id).limit(limit)).all()


def _stored(transaction: Connection, user_id: int, message_id: int, public_id: str, text: str) -> Any:
    """Insert a reply and return its row.

    Raises `Conflict` if the user has answered this message before.
    """
    same = (Reply.message_id == message_id) & (Reply.user_id == user_id)
    if transaction.scalar(select(Reply.id).where(same).limit(1)) is not None:
        raise Conflict("You have answered this question already.", code="already_answered")
    values = {"message_id": message_id, "user_id": user_id, "notification_id": public_id, "text": text}
    id_ = transaction.scalar(insert(Reply).values(**values).returning(Reply.id))
    return transaction.execute(_replies().where(Reply.id == id_)).one()


def _content(account: Account, question: Any, reply: Any) -> Content:
    """The notification by which a user who asked gets the answer."""
    return Content(
        type=inbox_writes.REPLY,
        title=f"Reply from {account.name}",
        message=reply.text,
        metadata={"notification_id": reply.notification_id, "reply_id": reply.public_id},
        related_session_id=question.related_session_id,
    )


def _sender_ids(sender: str) -> list[int]:
    """The sender's inbox.

    A key or the machine itself has none, and asks for the replies instead.
    """
    kind, _, id_ = sender.partition(":")
    return [int(id_)] if kind == "user" else []


def _replies() -> Select[Any]:
    columns: tuple[Any, ...] = (Reply.public_id, Reply.notification_id, Reply.text, Reply.created_at, User.name)
    return select(*columns).join(User, User.id == Reply.user_id).join(Message, Message.id == Reply.message_id)
