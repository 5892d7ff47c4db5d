"""Plan: when a step of a message is due, make the deliveries of those it still concerns.

A step waits until the message is written to all its recipients. It takes up to 500 of them at a time, in the order of their ids;
its cursor is moved in the transaction that inserts their deliveries. A message with a later step alone had no recipient who wanted it
sooner: that step also takes those who have chosen so since.

As a rule a message has one recipient, who has read it by then: such steps are ended together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select, update
from sqlalchemy.orm import aliased

from notifier import database
from notifier.database.json_sql import in_numbers, in_text_parameter, json_array
from notifier.database.upsert import insert
from notifier.models import AudienceChunk, Choice, Delivery, Message, Notification, Session, Step, User
from notifier.models.columns import UtcDateTime, new_public_id
from notifier.models.delivery import State
from notifier.services.messages import arrivals
from notifier.services.messages.channel_steps import IMMEDIATE
from notifier.services.messages.decision import Decision, Reason
from notifier.services.outbox import digests, targets
from notifier.services.outbox.targets import Target
from notifier.services.outbox.unread import is_unread
from notifier.services.preferences.digest_times import FREQUENCIES

BATCH_SIZE = 500
"""Recipients planned in one transaction."""
_AT_ONCE = 25
_FEW = 5
_LATER = ("unread", "on")
_OTHER = aliased(Step)
_SAME = (_OTHER.message_id == Step.message_id) & (_OTHER.channel == Step.channel)
_ALONE = (~exists().where(_SAME, _OTHER.id != Step.id)).label("alone")
_UNDER_WAY = exists().where(AudienceChunk.message_id == Step.message_id)
_RECIPIENT = (Notification.message_id == Step.message_id) & (Notification.user_id > Step.cursor) & (User.id == Notification.user_id)
# More recipients are looked at in the transaction that plans for them.
_CONCERNS = (Message.recipients > _FEW) | exists().where(_RECIPIENT, is_unread(later=False), targets.may_be_reached(Step.channel))
# Built once: these run for every step that is due.
_DUE = database.Prepared(
    select(Step.id, _CONCERNS.label("concerns"))
    .join(Message, Message.id == Step.message_id)
    .where(Step.done_at.is_(None), ~_UNDER_WAY, Step.due_at <= bindparam("now"))
    .order_by(Step.due_at, Step.id)
    .limit(_AT_ONCE)
)
_STEP = bindparam("step", type_=Step.id.type)
_ONE = database.Prepared(select(Step.__table__, _ALONE).where(Step.id == _STEP, Step.done_at.is_(None)).with_for_update(skip_locked=True))
_MOVE = database.Prepared(
    update(Step)
    .where(Step.id == _STEP, Step.cursor == bindparam("before"), Step.done_at.is_(None))
    .values(cursor=bindparam("after", type_=Step.cursor.type), done_at=bindparam("done_at", type_=UtcDateTime()))
)
_ENDED = exists().where(Message.id == bindparam("message"), Message.ends_at <= bindparam("now"))
_RUNNING = exists().where(Session.message_id == bindparam("message"))
_IS_OVER = database.Prepared(select(_ENDED | _RUNNING))


def step() -> bool:
    """Do some of the steps that are due. False when there is none, or when another process does them."""
    rows = database.due(_DUE)
    return _end([row.id for row in rows if not row.concerns]) + sum(_do(row.id) for row in rows if row.concerns) > 0


@database.retry_on_conflict
def _end(ids: Sequence[int]) -> int:
    """End steps that concern none of their recipients. Returns how many."""
    if not ids:
        return 0
    with database.write() as transaction:
        ended = update(Step).where(in_numbers(Step.id, ids), Step.done_at.is_(None)).values(done_at=database.clock(transaction))
        return transaction.execute(ended).rowcount


@database.retry_on_conflict
def _do(step_id: int) -> bool:
    with database.write() as transaction:
        row = _ONE.first(transaction, step=step_id)
        if row is None:
            return False
        now = database.clock(transaction)
        last = _plan(transaction, row, now)
        moved = {"after": row.cursor, "done_at": now} if last is None else {"after": last, "done_at": None}
        _MOVE.execute(transaction, step=row.id, before=row.cursor, **moved)
    return True


def _plan(transaction: Connection, row: Any, now: datetime) -> int | None:
    """Insert deliveries for the next recipients. Returns the last of them, None when none is left."""
    message = arrivals.facts(transaction, row.message_id)
    if _is_over(transaction, row.message_id, now):
        return None
    recipients = _recipients(transaction, row, message)
    if recipients:
        users = [one.user_id for one in recipients]
        decided = arrivals.decisions(transaction, message, users)
        found = targets.of_users(transaction, row.channel, users)
        reachable = [(one, decided[one.user_id], found[one.user_id]) for one in recipients if one.user_id in found]
        _insert(transaction, row, reachable, now)
    return recipients[-1].user_id if len(recipients) == BATCH_SIZE else None


def _is_over(transaction: Connection, message_id: int, now: datetime) -> bool:
    """Whether the message was withdrawn, has expired, or shows a job that still runs.

    The end of a job is a message of its own.
    """
    return bool(_IS_OVER.scalar(transaction, message=message_id, now=now))


def _recipients(transaction: Connection, row: Any, message: Any) -> Sequence[Any]:
    """The next recipients whom the step may concern.

    Few, where the category's default is for the other step.
    """
    values = _wanted(row)
    usual = getattr(arrivals.rules_of(message), row.channel) in values
    if not usual and (message.locked or message.retired_at is not None):
        return []
    named = {} if usual else {"category": message.category_id, "channel": row.channel, "values": json_array(values)}
    of_step = {"message": row.message_id, "cursor": row.cursor}
    return _RECIPIENTS[usual, row.later].all(transaction, **of_step, **named)


def _recipients_of(*, usual: bool, later: bool) -> database.Prepared:
    found = (
        select(Notification.user_id, Notification.body_seq)
        .join(User, User.id == Notification.user_id)
        .where(Notification.message_id == bindparam("message"), Notification.user_id > bindparam("cursor"), User.disabled_at.is_(None))
        .where(is_unread(later=later))
    )
    if not usual:
        of_category = (Choice.user_id == Notification.user_id) & (Choice.category_id == bindparam("category"))
        wanted = (Choice.channel == bindparam("channel")) & in_text_parameter(Choice.value, "values")
        found = found.join(Choice, of_category & wanted)
    return database.Prepared(found.order_by(Notification.user_id).limit(BATCH_SIZE))


_RECIPIENTS = {(usual, later): _recipients_of(usual=usual, later=later) for usual in (False, True) for later in (False, True)}


def _wanted(row: Any) -> tuple[str, ...]:
    """The decisions that a step carries out."""
    if row.later:
        return (*_LATER, *IMMEDIATE) if row.alone else _LATER
    return IMMEDIATE


def _insert(transaction: Connection, row: Any, reachable: Sequence[tuple[Any, Decision, list[Target]]], now: datetime) -> None:
    values, wanted = [], _wanted(row)
    for recipient, decided, found in reachable:
        chosen: str = getattr(decided, row.channel)
        reason = decided.reasons.get(row.channel)
        if chosen in FREQUENCIES and chosen in wanted:
            digests.note(transaction, recipient.user_id, chosen, recipient.body_seq, now)
        elif chosen in wanted:
            values += [_delivery(row, recipient, one, now, decided.not_before or now) for one in found if one.problem is None]
        elif chosen == "off" and reason is not None and reason is not Reason.DEFAULT_OFF:
            values += [_delivery(row, recipient, one, now, now, reason) for one in found]
    if values:
        # A user who changed the choice between the two steps gets it once.
        transaction.execute(insert(transaction, Delivery).on_conflict_do_nothing(), values)


def _delivery(
    row: Any, recipient: Any, target: Target, now: datetime, not_before: datetime, reason: Reason | None = None
) -> dict[str, Any]:
    state: dict[str, Any] = {"state": State.WAITING, "reason": None, "settled_at": None}
    if reason is not None:
        state = {"state": State.SKIPPED, "reason": reason.value, "settled_at": now}
    what = {"kind": "message", "channel": row.channel, "message_id": row.message_id, "user_id": recipient.user_id, "target": target.target}
    return what | state | {"public_id": new_public_id(), "attempts": 0, "due_at": not_before, "not_before": not_before, "created_at": now}
