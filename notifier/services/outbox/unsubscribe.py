"""Stop the deliveries of one category on one channel, by the link in a mail.

No sign-in is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from notifier import database
from notifier.channels.ports import Kind
from notifier.database.upsert import insert
from notifier.errors import Forbidden
from notifier.models import Category, Choice, Delivery, Message, User
from notifier.models.delivery import State
from notifier.services import audit
from notifier.services.hints import publish_hints
from notifier.services.messages.decision import Reason
from notifier.services.outbox import link_tokens, targets
from notifier.services.outbox.claims import IS_WAITING
from notifier.services.outbox.link_tokens import Stopping
from notifier.services.preferences import pauses
from notifier.services.webhooks import recording

_VALUES = ("at_once", "unread", "hourly", "daily", "weekly", "off")


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a link stops. `value`: the user's choice, None for the category's default.

    `target`: where it goes, or empty.
    """

    user_id: int
    user: str
    category_id: int
    label: str
    channel: str
    value: str | None
    target: str


def of(token: str) -> Subscription:
    """What `token` stops.

    Raises `NotFound` for a token that is not ours or whose user or category is gone, `Forbidden` for a category that is locked by now.
    """
    stopping = link_tokens.read_unsubscribe(token)
    with database.read() as connection:
        return _find(connection, stopping)


@database.retry_on_conflict
def stop(token: str) -> str | None:
    """Turn the category off on the token's channel. Returns the choice before, for `undo`.

    Raises as `of`.
    """
    stopping = link_tokens.read_unsubscribe(token)
    with database.write() as transaction:
        found = _found_and_locked(transaction, stopping)
        _choose(transaction, found, "off")
        own = (Delivery.user_id == found.user_id) & (Delivery.channel == found.channel) & (Delivery.kind == Kind.MESSAGE) & IS_WAITING
        of_category = Delivery.message_id.in_(select(Message.id).where(Message.category_id == found.category_id))
        skipped = {"state": State.SKIPPED, "reason": Reason.UNSUBSCRIBED, "settled_at": database.clock(transaction)}
        transaction.execute(update(Delivery).where(own, of_category).values(**skipped))
        audit.note(transaction, "user.unsubscribed", found.label, f"{found.channel} of user {found.user_id}")
        about = {"user": found.user, "category": stopping.category, "channel": found.channel}
        recording.record(transaction, "user.unsubscribed", about)
    publish_hints([found.user_id])
    return found.value


@database.retry_on_conflict
def undo(token: str, value: str | None) -> None:
    """Set the choice back to `value`, None for the default. Raises as `of`."""
    stopping = link_tokens.read_unsubscribe(token)
    with database.write() as transaction:
        found = _found_and_locked(transaction, stopping)
        _choose(transaction, found, value if value in _VALUES else None)
    publish_hints([found.user_id])


def _found_and_locked(transaction: Connection, stopping: Stopping) -> Subscription:
    """As `_find`, with the lock under which settings are saved.

    Without it, one of two changes at the same moment fails.
    """
    pauses.lock(transaction, _find(transaction, stopping).user_id)
    return _find(transaction, stopping)


def _find(connection: Connection, stopping: Stopping) -> Subscription:
    own = (Choice.user_id == User.id) & (Choice.category_id == Category.id) & (Choice.channel == stopping.channel)
    found = select(User.id, User.name, Category.id.label("category_id"), Category.label, Category.locked, Choice.value).join_from(
        User, Category, (User.public_id == stopping.user) & (Category.slug == stopping.category)
    )
    row = connection.execute(found.outerjoin(Choice, own)).one_or_none()
    if row is None:
        raise link_tokens.unknown()
    if row.locked:
        raise Forbidden(f"These e-mails cannot be stopped: your administrator requires those about {row.label}.")
    goes_to = targets.of_users(connection, stopping.channel, [row.id]).get(row.id, [])
    return Subscription(row.id, row.name, row.category_id, row.label, stopping.channel, row.value, goes_to[0].target if goes_to else "")


def _choose(transaction: Connection, found: Subscription, value: str | None) -> None:
    key = {"user_id": found.user_id, "category_id": found.category_id, "channel": found.channel}
    if value is None:
        own = (Choice.user_id == found.user_id) & (Choice.category_id == found.category_id) & (Choice.channel == found.channel)
        transaction.execute(delete(Choice).where(own))
        return
    new = {"value": value, "changed_at": database.clock(transaction)}
    added = insert(transaction, Choice).values(**key, **new)
    transaction.execute(added.on_conflict_do_update(index_elements=["category_id", "user_id", "channel"], set_=new))
