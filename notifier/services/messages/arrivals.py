"""How a message arrives at some hundred recipients: loud, quiet or archived, and why.

As a rule none of them has a choice, a mute or quiet hours that touch the message (`touching`). Otherwise the few who have one are decided
for by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from notifier import database
from notifier.database.json_sql import in_parameter, json_array
from notifier.models import Attention, Category, Choice, Message, Mute, Notification
from notifier.models.notification import Status
from notifier.services.messages import decision, sender_names
from notifier.services.messages.decision import Decision, Rules, decide
from notifier.services.messages.touching import CATEGORY, FIRST, LAST, Asked, ask
from notifier.services.preferences import attention, categories
from notifier.services.preferences.attention import Silence

_HOUR = timedelta(hours=1)
# A range of ids is read with one look into an index, single ids with one each.
_SPARSE_FACTOR = 4


@dataclass(frozen=True, slots=True)
class Arrival:
    """The status of a new notification, whether it is quiet, and why it is not simply shown."""

    status: Status = Status.UNREAD
    quiet: bool = False
    reason: str | None = None


class Facts(NamedTuple):
    """What decisions need to know of a message and of its category.

    `in_app` and what follows: None without a category.
    """

    id: int
    type: str
    priority: str
    thread: str | None
    sender: str
    category_id: int | None
    collapse_key: str | None
    created_at: datetime
    in_app: Any = None
    email: Any = None
    push: Any = None
    locked: Any = None
    retired_at: datetime | None = None
    loud_per_hour: int | None = None

    @classmethod
    def of(cls, message: Mapping[str, Any], category: Any) -> Facts:
        """The facts of a message that was just written.

        `message`: its values by column; `category`: as `categories.of_type` returns it.
        """
        own = _OWN_FACTS(message)
        return cls(*own) if category is None else cls(*own, *_RULES(category))


_OWN_FACTS = itemgetter(*Facts._fields[:8])
_RULES = attrgetter(*(column.key for column in categories.RULES))


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`usual`: for all recipients but those in `others`. `decisions`: all that were made, each once."""

    usual: Arrival
    others: Mapping[int, Arrival]
    decisions: Collection[Decision]

    def of(self, user_id: int) -> Arrival:
        return self.others.get(user_id, self.usual)

    def groups(self, users: Sequence[int]) -> dict[Arrival, Sequence[int]]:
        """`users` by how the message arrives at them."""
        if not self.others:
            return {self.usual: users}
        found: dict[Arrival, list[int]] = {}
        for user_id in users:
            found.setdefault(self.of(user_id), []).append(user_id)
        return dict(found)


class _AmongUsers:
    """A query about some users, prepared for both ways to find them: a range of ids, or each.

    Where they are a range, it finds others of it too.
    """

    def __init__(self, query: Any, user_id: InstrumentedAttribute[int]) -> None:
        self._range = database.Prepared(query.where(user_id.between(FIRST, LAST)))
        self._one_by_one = database.Prepared(query.where(in_parameter(user_id, "users")))

    def all(self, connection: Connection, users: Sequence[int], **parameters: Any) -> list[Any]:
        """All rows about `users`, in rising order."""
        if users[-1] - users[0] >= _SPARSE_FACTOR * len(users):
            return self._one_by_one.all(connection, users=json_array(users), **parameters)
        return self._range.all(connection, first=users[0], last=users[-1], **parameters)


# Built once: they run at each send to recipients who have chosen, muted or want quiet.
_CHOICES = _AmongUsers(select(Choice.user_id, Choice.channel, Choice.value).where(Choice.category_id == CATEGORY), Choice.user_id)
_FITS = or_(*((Mute.kind == kind) & (Mute.value == bindparam(kind, type_=Mute.value.type)) for kind in ("type", "thread", "sender")))
_MUTES = _AmongUsers(select(Mute.user_id, Mute.kind, Mute.until).where(_FITS), Mute.user_id)
_NOW = bindparam("now", type_=Attention.paused_until.type)
_SILENT = _AmongUsers(attention.rows().where(attention.may_be_silent(_NOW)), Attention.user_id)
_LOUD = _AmongUsers(
    select(Notification.user_id, func.count())
    .join(Message, Message.id == Notification.message_id)
    .where(Message.category_id == CATEGORY, Message.created_at > _NOW, Message.id != bindparam("message", type_=Message.id.type))
    .where(Notification.quiet.is_(False), Notification.arrival.is_(None))
    .group_by(Notification.user_id),
    Notification.user_id,
)
_FACTS = (
    Message.id,
    Message.type,
    Message.priority,
    Message.thread,
    Message.sender,
    Message.category_id,
    Message.collapse_key,
    Message.created_at,
)
_FACTS_OF = database.Prepared(
    select(*_FACTS, *categories.RULES)
    .outerjoin(Category, Category.id == Message.category_id)
    .where(Message.id == bindparam("message", type_=Message.id.type))
)


def facts(connection: Connection, message_id: int) -> Facts:
    """The facts of a message that exists."""
    return Facts._make(_FACTS_OF.first(connection, message=message_id))


def arrivals(connection: Connection, message: Facts, recipients: Sequence[int], asked: Asked | None = None) -> Arrivals:
    """How a message arrives at `recipients`, in rising order.

    `asked`: as `ask` returned it for them.
    """
    found = _exceptions(connection, message, recipients, asked or ask(connection, message.category_id, recipients))
    as_a_rule, usually = usual(message)
    distinct = {id(decided): decided for decided in found.values()}
    by_decision = {key: _arrival(decided) for key, decided in distinct.items()}
    others = {user_id: by_decision[id(decided)] for user_id, decided in found.items()}
    differing = {user_id: arrival for user_id, arrival in others.items() if arrival != as_a_rule}
    return Arrivals(as_a_rule, differing, (usually, *distinct.values()))


def decisions(connection: Connection, message: Facts, users: Sequence[int]) -> dict[int, Decision]:
    """The decision on every channel for each of `users`, in rising order."""
    _, usually = usual(message)
    return dict.fromkeys(users, usually) | _exceptions(connection, message, users, ask(connection, message.category_id, users))


def _exceptions(connection: Connection, message: Facts, users: Sequence[int], asked: Asked) -> dict[int, Decision]:
    """The decisions for those whom the usual one may not fit."""
    ((now, chosen, muted, silent),) = asked()
    loud = {} if message.loud_per_hour is None or message.locked else _loud(connection, message, users, now)
    if not (chosen or muted or silent or loud):
        return {}
    rules = rules_of(message)
    choices = _choices(connection, message, users) if chosen else {}
    mutes = _mutes(connection, message, users) if muted else {}
    silences = _silences(connection, users, now) if silent else {}
    among, decided = set(users), {}
    found: dict[int, Decision] = {}
    for user_id in (choices.keys() | mutes.keys() | silences.keys() | loud.keys()) & among:
        own, muting = choices.get(user_id, {}), tuple(mutes.get(user_id, ()))
        alone = decision.Attention(*silences.get(user_id, Silence()), loud.get(user_id, 0))
        # Most have chosen the same: those are decided for once.
        key = (tuple(own.items()), muting, alone)
        if key not in decided:
            decided[key] = decide(rules, own, muting, alone, message.priority, now)
        found[user_id] = decided[key]
    return found


def usual(message: Facts) -> tuple[Arrival, Decision]:
    """How a message arrives at a user who has chosen nothing, and the decision."""
    decided = _usual(rules_of(message), message.priority)
    return _arrival(decided), decided


@lru_cache(maxsize=256)
def _usual(rules: Rules, priority: str) -> Decision:
    """The decision for a user who has chosen nothing; it is the same at any time."""
    return decide(rules, {}, (), decision.Attention(), priority, datetime.min)


def rules_of(message: Facts) -> Rules:
    """The rules of a message's category.

    The usual ones where it has none, since an older process wrote it.
    """
    if message.in_app is None:
        return Rules()
    return Rules(message.in_app, message.email, message.push, message.locked, message.retired_at is not None, message.loud_per_hour)


def _arrival(decided: Decision) -> Arrival:
    reason = decided.reasons.get("in_app")
    status = Status.ARCHIVED if decided.in_app == "off" else Status.UNREAD
    return Arrival(status, decided.in_app == "quiet", None if reason is None else reason.value)


def _choices(connection: Connection, message: Facts, users: Sequence[int]) -> dict[int, dict[decision.Channel, str]]:
    found: dict[int, dict[decision.Channel, str]] = {}
    for user_id, channel, value in _CHOICES.all(connection, users, category=message.category_id):
        found.setdefault(user_id, {})[cast(decision.Channel, channel)] = value
    return found


def _mutes(connection: Connection, message: Facts, users: Sequence[int]) -> dict[int, list[decision.Mute]]:
    """The mutes that fit the message, by user."""
    values = {"type": message.type, "thread": message.thread, "sender": sender_names.key(connection, message.sender)}
    found: dict[int, list[decision.Mute]] = {}
    for user_id, kind, until in _MUTES.all(connection, users, **values):
        found.setdefault(user_id, []).append(decision.Mute(cast(decision.Kind, kind), until))
    return found


def _silences(connection: Connection, users: Sequence[int], now: datetime) -> dict[int, Silence]:
    return {row.user_id: attention.silence(row, now) for row in _SILENT.all(connection, users, now=now)}


def _loud(connection: Connection, message: Facts, users: Sequence[int], now: datetime) -> dict[int, int]:
    """Count, per user, the category's loud notifications of the last hour."""
    counted = _LOUD.all(connection, users, category=message.category_id, now=now - _HOUR, message=message.id)
    return {row[0]: row[1] for row in counted}
