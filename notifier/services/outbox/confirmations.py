"""Ask users to confirm their e-mail address, by a link in a mail to it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, select

from notifier import database
from notifier.channels.ports import Kind
from notifier.errors import TooMany
from notifier.models import Delivery
from notifier.services import audit, configured_channels
from notifier.services.accounts import addresses, users
from notifier.services.accounts.users import Account
from notifier.services.outbox import deliveries, link_tokens
from notifier.services.outbox.targets import EMAIL

_MAX_MAILS_PER_HOUR = 5


def ask(account: Account, email: str) -> None:
    """Store an address for a user, and send a mail with a link that confirms it.

    Not if it is confirmed already.
    Raises `Invalid` for an address that is none, `TooMany` after five mails within an hour.
    """
    stored = addresses.valid(email)
    with database.write() as transaction:
        _ask(transaction, account, stored)


def ask_at_sign_in(account: Account, email: str) -> None:
    """As `ask`, for an address that a sign-in provider has not verified.

    Not where the user has one already.
    """
    if EMAIL not in configured_channels.by_name():
        return
    try:
        with database.write() as transaction:
            if not addresses.of_users(transaction, [account.id]):
                _ask(transaction, account, email)
    except TooMany:  # a reason to send no mail, not to refuse the sign-in: the next one asks again
        return


def confirm(token: str) -> None:
    """Confirm the address of `token`. Raises `NotFound`."""
    account, email = of(token)
    if not addresses.confirm(account.id, email):
        raise link_tokens.unknown()


def of(token: str) -> tuple[Account, str]:
    """The user and the address that `token` confirms. Raises `NotFound`."""
    public_id, email = link_tokens.read_confirm(token)
    account = users.by_public_id(public_id)
    if account is None or (stored := addresses.get(account.id)) is None or stored.email != email:
        raise link_tokens.unknown()
    return account, email


def _ask(transaction: Connection, account: Account, email: str) -> None:
    addresses.write(transaction, account.id, email, confirmed=False)
    if addresses.of_users(transaction, [account.id])[account.id].confirmed:
        return
    _refuse_many(transaction, account.id)
    deliveries.add(transaction, Kind.CONFIRM, EMAIL, account.id, email)
    audit.note(transaction, "user.email", account.name, "to be confirmed")


def _refuse_many(transaction: Connection, user_id: int) -> None:
    """Mails to addresses that may belong to others are few."""
    recent = Delivery.created_at > database.clock(transaction) - timedelta(hours=1)
    own = select(func.count()).select_from(Delivery).where(Delivery.user_id == user_id, Delivery.kind == Kind.CONFIRM, recent)
    if (transaction.scalar(own) or 0) >= _MAX_MAILS_PER_HOUR:
        detail = f"At most {_MAX_MAILS_PER_HOUR} mails to confirm an address are sent within an hour. Try again later."
        raise TooMany(detail, retry_after=3600)
