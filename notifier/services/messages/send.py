"""Sending: from a draft to a message and a notification in each recipient's inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from notifier import database, metrics
from notifier.errors import invalid
from notifier.models import AudienceChunk, Message
from notifier.models.columns import new_public_id, now
from notifier.services import audit, idempotency
from notifier.services.hints import publish_hints, wake_scheduler
from notifier.services.messages import audience, inbox_writes
from notifier.services.messages.content import Draft

AT_ONCE = 500
"""People written in one transaction; their chunk stalls other requests for less than 5 ms."""
_WORDS_NOTED = 10
_FURTHEST = timedelta(days=366)

LOCAL = "local"
"""The sender on the server's own machine."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`id`: the id recipients see; of several, those in whose inbox an earlier one was updated in place see that one's.

    `delivered`: all of them have it (201), not only the promise of it (202). `seq`: of the one recipient's inbox, None unless there is
    exactly one and it is delivered. `message`: the message's own id, under which its sender finds it.
    """

    id: str
    recipients: int
    delivered: bool
    seq: int | None = None
    message: str = ""


@database.retry_on_conflict
def send(draft: Draft, *, sender: str = LOCAL, idempotency_key: str | None = None) -> Sent:
    """Commits the message with every recipient's notification, then tells their streams. `sender`: `user:ID`, `key:ID` or `local`.

    More than `AT_ONCE` people, or a `send_at` ahead: commits the message with its audience; the scheduler writes the rest.
    Raises `Invalid` for an audience or a time that cannot be, `Unavailable` when the database cannot take it; then nothing was changed.
    """
    body_hash = idempotency.hash_of(draft.model_dump_json())
    with database.write() as transaction:
        if idempotency_key is not None:
            earlier = idempotency.earlier_answer(transaction, sender, idempotency_key, body_hash)
            if earlier is not None:
                return Sent(**earlier)
        _check_times(draft)
        recipients = audience.resolve(transaction, draft)
        at_once = len(recipients) <= AT_ONCE and not _ahead(draft)
        message_id, public_id = write_message(transaction, draft, sender, len(recipients), at_once)
        if at_once:
            delivered = inbox_writes.deliver(transaction, message_id, recipients)
            sent = Sent(delivered.bears or public_id, len(recipients), True, delivered.seq, public_id)
        else:
            _write_audience(transaction, message_id, recipients, draft.send_at or now())
            sent = Sent(public_id, len(recipients), False, None, public_id)
        audit.note(transaction, "message.sent", public_id, f"{draft.heading} — to {_whom(draft)}, {len(recipients)} in all")
        if idempotency_key is not None:
            idempotency.keep(transaction, sender, idempotency_key, body_hash, asdict(sent))
    metrics.messages.inc()
    if at_once:
        publish_hints(recipients)
    else:
        wake_scheduler()
    return sent


def write_message(transaction: Connection, draft: Draft, sender: str, recipients: int, at_once: bool) -> tuple[int, str]:
    """What is said, without anybody's notification of it. Its id inside and outside. `at_once`: they follow in the same transaction."""
    public_id = new_public_id()
    said_at: datetime = draft.send_at if draft.send_at and _ahead(draft) else now()
    message_id = transaction.scalar(
        insert(Message)
        .values(
            public_id=public_id,
            sender=sender,
            audience=draft.named,
            recipients=recipients,
            delivered=recipients if at_once else 0,
            type=draft.type,
            priority=draft.priority,
            title=draft.heading,
            text=draft.message,
            data=draft.metadata,
            actions=[action.model_dump() for action in draft.actions],
            image_url=draft.image_url,
            related_session_id=draft.related_session_id,
            collapse_key=draft.collapse_key,
            created_at=said_at,
            expires_at=draft.expires_at,
            ends_at=draft.expires_at,
        )
        .returning(Message.id)
    )
    assert message_id is not None
    return int(message_id), public_id


def _whom(draft: Draft) -> str:
    words = draft.named or ["one user by id"]
    return ", ".join(words[:_WORDS_NOTED]) + ("…" if len(words) > _WORDS_NOTED else "")


def _ahead(draft: Draft) -> bool:
    return draft.send_at is not None and draft.send_at > now()


def _check_times(draft: Draft) -> None:
    if draft.expires_at and draft.expires_at <= now():
        raise invalid("expires_at", "must be in the future")
    for field, instant in (("expires_at", draft.expires_at), ("send_at", draft.send_at)):
        if instant and instant > now() + _FURTHEST:
            raise invalid(field, f"must be within {_FURTHEST.days} days")


def _write_audience(transaction: Connection, message_id: int, recipients: Sequence[int], due_at: datetime) -> None:
    chunks = [recipients[start : start + AT_ONCE] for start in range(0, len(recipients), AT_ONCE)]
    if chunks:
        rows = [{"message_id": message_id, "due_at": due_at, "user_ids": list(chunk), "size": len(chunk)} for chunk in chunks]
        transaction.execute(insert(AudienceChunk), rows)
