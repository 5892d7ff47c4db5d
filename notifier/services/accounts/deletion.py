"""Delete a user with everything that is theirs. What they sent stays, under "deleted user"."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, update

from notifier import database
from notifier.models import IdempotencyKey, Installation, Message, Notification, User
from notifier.services import audit
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints


@database.retry_on_conflict
def delete_user(account: Account) -> None:
    """Delete a user's inbox, sign-ins, keys, sessions, memberships and replies, in one transaction.

    Their streams end within two seconds and their name is free. Reports on what was sent to them keep their receipts. Does nothing
    when the user is already deleted.
    """
    with database.write() as transaction:
        _keep_receipts(transaction, account.id)
        transaction.execute(delete(IdempotencyKey).where(IdempotencyKey.sender == account.sender))
        if transaction.execute(delete(User).where(User.id == account.id)).rowcount:
            transaction.execute(update(Installation).values(users_removed=Installation.users_removed + 1))
            audit.note(transaction, "user.deleted", account.name)
    publish_hints([account.id])


def _keep_receipts(transaction: Connection, user_id: int) -> None:
    """Add the receipts of the user's notifications to the totals of their messages."""
    own = (Notification.message_id == Message.id) & (Notification.user_id == user_id)
    receipts = {"swept_seen": Notification.seen_at, "swept_read": Notification.read_at, "swept_clicked": Notification.clicked_at}
    counted = {name: getattr(Message, name) + select(func.count(at)).where(own).scalar_subquery() for name, at in receipts.items()}
    of_user = select(Notification.message_id).where(Notification.user_id == user_id)
    transaction.execute(update(Message).where(Message.id.in_(of_user)).values(swept=Message.swept + 1, **counted))
