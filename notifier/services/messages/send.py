"""Send a message: the one entry for API, admin form, command line and in-process code.

The audience becomes user ids, the message and its notifications are committed in one transaction, then hints are published.
Large audiences and scheduled messages are committed with their audience only; `audience_chunks` writes their notifications.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, model_validator
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from notifier import current, database, metrics
from notifier.database import batches
from notifier.errors import Refused, invalid
from notifier.models import AudienceChunk
from notifier.models.columns import now
from notifier.services import audit, idempotency
from notifier.services.audit import Actor
from notifier.services.hints import publish_hints, wake_scheduler
from notifier.services.messages import audience, new_message, own_ids
from notifier.services.messages.audience import Audience, resolve
from notifier.services.messages.content import Content
from notifier.services.messages.new_message import Begun
from notifier.services.preferences import categories
from notifier.services.validation import Instant
from notifier.services.webhooks import recording

CHUNK_SIZE = 500
"""Recipients written in one transaction; a chunk of them stalls other requests for less than 5 ms."""
_MAX_TERMS_NOTED = 10
_MAX_AHEAD = timedelta(days=366)
_BATCHES = "notifier.sends"

LOCAL_SENDER = "local"
"""The sender on the server's own machine."""


def _uuid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise ValueError("must be a UUID such as 0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f") from None


class Draft(Content, Audience):
    """A message to send: `to` or `user_id`, a `title` or a `message`, and when to send it."""

    send_at: Instant | None = None
    """When to send it, within a year; in the past means now."""
    id: Annotated[str, AfterValidator(_uuid)] | None = None
    """A UUID of your own, which becomes the notification's id. The same id with the same body is sent once, and answered alike."""

    @model_validator(mode="after")
    def _expires_after_sending(self) -> Self:
        if self.expires_at and self.send_at and self.expires_at <= self.send_at:
            raise ValueError("expires_at: must be after `send_at`")
        return self


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of sending.

    `id`: the id that recipients see; of several, those whose earlier notification was updated in place see that one's.
    `delivered`: True when every recipient has it (201), False when it is accepted and follows (202).
    `seq`: of the recipient's inbox; None unless there is exactly one recipient who has it already.
    `message`: the message's own id, under which its sender finds it.
    """

    id: str
    recipients: int
    delivered: bool
    seq: int | None = None
    message: str = ""


def send(draft: Draft, *, sender: str = LOCAL_SENDER, idempotency_key: str | None = None, creates: bool = False) -> Sent:
    """Commit the message with every recipient's notification, then publish hints.

    `sender`: `user:ID`, `key:ID` or `local`. `creates`: as in `audience.resolve`.
    With more than `CHUNK_SIZE` recipients, or a `send_at` ahead, commit the message with its audience; the scheduler writes the rest.
    Raises `Invalid` for an unknown audience or a time out of range, `Unavailable` when the database cannot take it; then nothing
    was changed.
    """
    if idempotency_key is None and _is_usual(draft) and batches.possible():
        try:
            return _batches().call(_Usual(draft, sender, audit.actor()))
        except database.TransactionConflict:  # whatever the reason is: alone it waits for locks, and is repeated
            pass
    return _send_alone(draft, sender, idempotency_key, creates)


@database.retry_on_conflict
def _send_alone(draft: Draft, sender: str, idempotency_key: str | None, creates: bool) -> Sent:
    body_hash = "" if idempotency_key is None else idempotency.hash_of(draft.model_dump_json())
    with database.write() as transaction:
        if idempotency_key is not None:
            earlier = idempotency.earlier_answer(transaction, sender, idempotency_key, body_hash)
            if earlier is not None:
                return Sent(**earlier)
        if draft.id is not None and (earlier := own_ids.earlier_answer(transaction, draft.id, sender, _own_hash(draft))):
            return Sent(**earlier)
        _check_times(draft)
        try:
            known = categories.active(transaction)  # read with the audience
            recipients = resolve(transaction, draft, creates=creates)
            begun = _begin(transaction, draft, sender, recipients, known())
            sent = _end(transaction, draft, begun, audit.actor())
        except IntegrityError:  # another process has just written the same id, or created the same subject
            raise database.conflict() from None
        if idempotency_key is not None:
            idempotency.keep(transaction, sender, idempotency_key, body_hash, asdict(sent))
        if draft.id is not None:
            own_ids.keep(transaction, draft.id, _own_hash(draft), asdict(sent))
    metrics.messages.inc()
    if sent.delivered:
        publish_hints(recipients)
    else:
        wake_scheduler()
    return sent


@dataclass(slots=True)
class _Usual:
    """A message to one user, sent at once. `recipient`: the user's id, found when it is written."""

    draft: Draft
    sender: str
    actor: Actor
    recipient: int = 0


def _is_usual(draft: Draft) -> bool:
    named = isinstance(draft.to, str) and draft.to.startswith(audience.USER)
    return named and draft.id is None and draft.send_at is None and draft.collapse_key is None


def _batches() -> batches.Batches[_Usual, Sent]:
    extensions = current.app().extensions
    found: batches.Batches[_Usual, Sent] | None = extensions.get(_BATCHES)
    if found is None:
        found = extensions[_BATCHES] = batches.Batches(_send_all, _announce)
    return found


def _send_all(transaction: Connection, calls: Sequence[batches.Call[_Usual, Sent]]) -> None:
    """Send messages. As a rule PostgreSQL gets them in three exchanges, however many they are."""
    known = categories.active(transaction)  # read with the users
    users = audience.users(transaction, list({call.item.draft.terms[0] for call in calls}))
    found = list[batches.Call[_Usual, Sent]]()
    for call in calls:
        draft = call.item.draft
        try:
            _check_times(draft)
            call.item.recipient = users.get(draft.terms[0]) or resolve(transaction, draft)[0]
            found.append(call)
        except Refused as problem:
            call.error = problem
    found.sort(key=lambda call: call.item.recipient)  # inboxes are locked in rising order
    begun = [_begin(transaction, item.draft, item.sender, [item.recipient], known()) for item in (call.item for call in found)]
    for call, message in zip(found, begun, strict=True):
        call.result = _end(transaction, call.item.draft, message, call.item.actor)


def _announce(calls: Sequence[batches.Call[_Usual, Sent]]) -> None:
    sent = [call.item.recipient for call in calls if call.result is not None]
    metrics.messages.inc(len(sent))
    publish_hints(set(sent))


def send_within(transaction: Connection, content: Content, *, sender: str, recipients: Sequence[int], instead_of: int | None = None) -> int:
    """Write a message to a few users in the caller's transaction. Returns its id.

    The caller publishes the hints.
    `instead_of`: as in `inbox_writes.deliver`.
    """
    category = categories.of_type(transaction, content.type)
    begun = new_message.begin(
        transaction, content, sender=sender, category=category, recipients=recipients, created_at=now(), instead_of=instead_of
    )
    return new_message.end(transaction, begun).id


def _reported(draft: Draft, sent: Sent) -> dict[str, Any]:
    """The data of the event for webhooks."""
    content = {"id": sent.message, "type": draft.type, "priority": draft.priority, "title": draft.heading}
    return content | {"to": list(draft.terms), "recipients": sent.recipients, "delivered": sent.delivered}


def _own_hash(draft: Draft) -> str:
    """Only of what the sender gave, so that a field which a later version adds changes nothing."""
    return idempotency.hash_of(draft.model_dump_json(exclude_unset=True))


def _begin(transaction: Connection, draft: Draft, sender: str, recipients: Sequence[int], known: Iterable[Any]) -> Begun:
    started_at = now()
    ahead = draft.send_at is not None and draft.send_at > started_at
    return new_message.begin(
        transaction,
        draft,
        sender=sender,
        category=categories.best(known, draft.type),
        recipients=recipients,
        created_at=draft.send_at if draft.send_at is not None and ahead else started_at,
        public_id=draft.id,
        terms=draft.terms,
        at_once=len(recipients) <= CHUNK_SIZE and not ahead,
    )


def _end(transaction: Connection, draft: Draft, begun: Begun, actor: Actor) -> Sent:
    written, recipients = new_message.end(transaction, begun), begun.recipients
    if written.delivered is None:
        _write_audience(transaction, written.id, recipients, draft.send_at or database.clock(transaction))
        sent = Sent(written.public_id, len(recipients), False, None, written.public_id)
    else:
        shown_id = written.delivered.shown_id or written.public_id
        sent = Sent(shown_id, len(recipients), True, written.delivered.seq, written.public_id)
    audit.note(transaction, "message.sent", sent.message, f"{draft.heading} — to {_listed(draft)}, {len(recipients)} in all", actor)
    if webhooks := recording.listeners(transaction, "message.sent"):
        recording.add(transaction, webhooks, "message.sent", [_reported(draft, sent)])
    return sent


def _write_audience(transaction: Connection, message_id: int, recipients: Sequence[int], due_at: datetime) -> None:
    chunks = [recipients[start : start + CHUNK_SIZE] for start in range(0, len(recipients), CHUNK_SIZE)]
    if chunks:
        rows = [{"message_id": message_id, "due_at": due_at, "user_ids": list(chunk), "size": len(chunk)} for chunk in chunks]
        transaction.execute(insert(AudienceChunk), rows)


def _check_times(draft: Draft) -> None:
    if draft.expires_at and draft.expires_at <= now():
        raise invalid("expires_at", "must be in the future")
    for field, instant in (("expires_at", draft.expires_at), ("send_at", draft.send_at)):
        if instant and instant > now() + _MAX_AHEAD:
            raise invalid(field, f"must be within {_MAX_AHEAD.days} days")


def _listed(audience: Audience) -> str:
    terms = audience.terms or ["one user by id"]
    return ", ".join(terms[:_MAX_TERMS_NOTED]) + ("…" if len(terms) > _MAX_TERMS_NOTED else "")
