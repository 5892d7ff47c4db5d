"""E-mail addresses of users: set, confirmed, refused by mail servers.

A user's own address, or one that an admin has set, counts; else the one that the host application gave, which needs no confirmation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, or_, select, update

from notifier import database, mail_addresses
from notifier.database.json_sql import in_parameter, json_array
from notifier.database.upsert import insert
from notifier.errors import invalid
from notifier.models import Address, User
from notifier.services import audit

MAX_REFUSALS = 3
"""After so many refusals in a row nothing more is sent to an address."""
_COUNTS = or_(Address.from_host.is_(False), Address.email == User.email)
_COLUMNS = (User.id, User.email.label("given"), Address.email, Address.confirmed_at, Address.refused_at, Address.refusal)
# Built once: these run at every mail.
_OF_USERS = database.Prepared(
    select(*_COLUMNS).outerjoin(Address, (Address.user_id == User.id) & _COUNTS).where(in_parameter(User.id, "users"))
)
_FORGIVE = database.Prepared(
    update(Address)
    .where(Address.user_id == bindparam("user"), Address.email == bindparam("address"), Address.refusals > 0)
    .values(refusals=0, refused_at=None, refusal=None)
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A user's address. `refusal`: the mail server's text, None unless nothing more is sent there."""

    email: str
    confirmed: bool
    refusal: str | None


def get(user_id: int) -> Stored | None:
    """The address of a user, or None."""
    with database.read() as connection:
        return of_users(connection, [user_id]).get(user_id)


def of_users(connection: Connection, user_ids: Collection[int]) -> dict[int, Stored]:
    """The addresses of those users who have one."""
    rows = _OF_USERS.all(connection, users=json_array(user_ids))
    return {row.id: found for row in rows if (found := _stored(row))}


def may_have() -> ColumnElement[bool]:
    """Whether the user of a statement may have an address, confirmed or not."""
    return User.email.is_not(None) | exists().where(Address.user_id == User.id)


def valid(email: str, field: str = "email") -> str:
    """The address as it is stored. Raises `Invalid`."""
    try:
        return mail_addresses.address(email)
    except ValueError as error:
        raise invalid(field, str(error)) from None


def set_confirmed(user_id: int, name: str, email: str) -> None:
    """Set an address that needs no confirmation, or remove it when `email` is empty.

    For admins and the command line.

    Raises `Invalid`.
    """
    stored = valid(email) if email else ""
    with database.write() as transaction:
        if stored:
            write(transaction, user_id, stored, confirmed=True)
        else:
            transaction.execute(delete(Address).where(Address.user_id == user_id))
        audit.note(transaction, "user.email", name, "set" if stored else "removed")


def write(transaction: Connection, user_id: int, email: str, *, confirmed: bool) -> None:
    """Write a valid address in place of another one. The same address again keeps its confirmation."""
    now = database.clock(transaction) if confirmed else None
    values = {"email": email, "from_host": False, "confirmed_at": now, "refusals": 0, "refused_at": None, "refusal": None}
    added = insert(transaction, Address).values(user_id=user_id, **values)
    other = None if confirmed else (Address.email != email) | Address.from_host.is_(True)
    transaction.execute(added.on_conflict_do_update(index_elements=["user_id"], set_=values, where=other))


def remove(user_id: int) -> None:
    """Remove the address that a user or an admin has set."""
    with database.write() as transaction:
        transaction.execute(delete(Address).where(Address.user_id == user_id))


def confirm(user_id: int, email: str) -> bool:
    """Confirm an address. False if the user has another one by now."""
    with database.write() as transaction:
        own = (Address.user_id == user_id) & (Address.email == email)
        confirmed = update(Address).where(own).values(confirmed_at=database.clock(transaction))
        return bool(transaction.execute(confirmed).rowcount)


def forgive(user_id: int) -> None:
    """Send to a refused address again."""
    with database.write() as transaction:
        transaction.execute(update(Address).where(Address.user_id == user_id).values(refusals=0, refused_at=None, refusal=None))


def refused(transaction: Connection, user_id: int, email: str, answer: str) -> None:
    """Count a final refusal by the mail server. With the third in a row nothing more is sent there."""
    now = database.clock(transaction)
    first = {"email": email, "from_host": True, "confirmed_at": now, "refusals": 0, "refused_at": None, "refusal": None}
    added = insert(transaction, Address).values(user_id=user_id, **first)
    outdated = Address.from_host.is_(True) & (Address.email != email)
    transaction.execute(added.on_conflict_do_update(index_elements=["user_id"], set_=first, where=outdated))
    own = (Address.user_id == user_id) & (Address.email == email)
    transaction.execute(update(Address).where(own).values(refusals=Address.refusals + 1, refusal=answer))
    ended = update(Address).where(own, Address.refusals >= MAX_REFUSALS, Address.refused_at.is_(None))
    transaction.execute(ended.values(refused_at=now))


def accepted(transaction: Connection, user_id: int, email: str) -> None:
    """Forget earlier refusals: the mail server has taken a mail."""
    _FORGIVE.execute(transaction, user=user_id, address=email)


def _stored(row: Any) -> Stored | None:
    if row.email is None:
        return Stored(row.given, True, None) if row.given else None
    return Stored(row.email, row.confirmed_at is not None, row.refusal if row.refused_at else None)
