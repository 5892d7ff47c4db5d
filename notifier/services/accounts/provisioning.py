"""The users of host applications and sign-in providers: created on first sight, then kept equal.

A role never comes from outside, and a user who exists here already is never taken over because the names are alike: only
(issuer, subject) identifies a person.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import Forbidden, invalid
from notifier.models import Identity, Inbox, User
from notifier.models.columns import new_public_id, now
from notifier.models.user import Role
from notifier.services import audit, validation
from notifier.services.accounts import host_groups, users
from notifier.services.accounts.person import Person
from notifier.services.accounts.users import Account

__all__ = ["Person", "Recorded", "host_issuer", "known", "record", "record_within"]

HOST = "host"
"""The issuer of a host application that signs no tokens."""
_SEEN_NOTED_INTERVAL = timedelta(hours=1)
_MAX_ATTEMPTS = 3
_USER = select(User.id, User.name, User.role, User.label, User.email, User.locale, User.time_zone)
_BY_NAME = _USER.where(User.name_key == bindparam("name_key"))
_OF_SUBJECT = (Identity.issuer == bindparam("issuer")) & (Identity.subject == bindparam("subject"))
_BY_SUBJECT = _USER.join(Identity, Identity.user_id == User.id).where(_OF_SUBJECT)
# With all of the account: every request with a host's token reads it.
_KNOWN = (
    users.ACCOUNTS.add_columns(User.email, User.locale, User.time_zone, Identity.seen_at)
    .join(Identity, Identity.user_id == User.id)
    .where(_OF_SUBJECT)
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The user, and whether they are new."""

    user_id: int
    created: bool


def host_issuer() -> str:
    """The issuer that the host application's users are kept under."""
    return str(current_app.config["TRUSTED_ISSUER"] or HOST)


def known(issuer: str, person: Person) -> Account:
    """The account of a person, created on first sight and changed only where it differs.

    Of `person.groups` only those count that are managed by the host; the user leaves managed groups that are not named.
    """
    with database.read() as connection:
        row = connection.execute(_KNOWN, {"issuer": issuer, "subject": person.subject}).one_or_none()
        moves = any(host_groups.moves(connection, row.id, person.groups)) if row is not None else True
    if row is None or moves or _differences(row, person) or row.seen_at < now() - _SEEN_NOTED_INTERVAL:
        return _account(record(issuer, person).user_id)
    return users.account_of(row)


def record(issuer: str, person: Person) -> Recorded:
    """Create or change a person's user. As `known`, for a person who has to be written."""
    for _ in range(_MAX_ATTEMPTS):
        try:
            return _record(issuer, person)
        except IntegrityError:  # another process created the same person, or took the name, at the same moment
            continue
    raise database.busy()


@database.retry_on_conflict
def _record(issuer: str, person: Person) -> Recorded:
    with database.write() as transaction:
        recorded = record_within(transaction, issuer, person)
        host_groups.move(transaction, recorded.user_id, person.groups)
        seen = update(Identity).where(Identity.issuer == issuer, Identity.subject == person.subject)
        transaction.execute(seen.values(seen_at=now()))
    return recorded


def record_within(transaction: Connection, issuer: str, person: Person) -> Recorded:
    """Create or change a person's user in the caller's transaction, but not their groups."""
    row = transaction.execute(_BY_SUBJECT, {"issuer": issuer, "subject": person.subject}).one_or_none()
    if row is None:
        return Recorded(_create(transaction, issuer, person), True)
    _change(transaction, row, _differences(row, person))
    return Recorded(int(row.id), False)


def record_by_host(transaction: Connection, person: Person, *, named: bool, spare_admins: bool, new: bool = False) -> Recorded:
    """Create or change a user whom the host describes with a key, and add them to its groups.

    `named`: the person has no subject, their name identifies them. `spare_admins`: raise `Forbidden` instead of changing an admin.
    `new`: raise `Invalid` instead of changing a user.
    The host may rename a user; a name that is taken or malformed is only shown. Raises `Invalid` before anything is written.
    """
    host_groups.refuse_unknown(transaction, person.groups or ())
    issuer = host_issuer()
    if named:
        row = transaction.execute(_BY_NAME, {"name_key": validation.name_key(_name(person.name))}).one_or_none()
    else:
        row = transaction.execute(_BY_SUBJECT, {"issuer": issuer, "subject": person.subject}).one_or_none()
    if row is not None and new:
        raise invalid("name" if named else "subject", f"{person.name if named else person.subject!r} is taken")
    if row is not None and row.role == Role.ADMIN and spare_admins:
        raise Forbidden(f"{row.name} is an admin: a key may not change admins.")
    if row is None:
        user_id = _create(transaction, None if named else issuer, person)
    else:
        user_id = int(row.id)
        _change(transaction, row, (_differences(row, person) | _renaming(transaction, row, person)) if not named else _kept(row, person))
    host_groups.add(transaction, user_id, person.groups or ())
    host_groups.move(transaction, user_id, person.groups)
    return Recorded(user_id, row is None)


def _account(user_id: int) -> Account:
    account = users.by_id(user_id)
    if account is None:  # deleted since the read
        raise database.busy()
    return account


def _name(name: str) -> str:
    try:
        return validation.name(name)
    except ValueError as error:
        raise invalid("name", str(error)) from None


def _create(transaction: Connection, issuer: str | None, person: Person) -> int:
    """Insert a user, their inbox and their identity.

    Without an issuer there is no identity: the name identifies them.
    """
    name = _free_name(transaction, issuer, person) if issuer is not None else _name(person.name)
    values: dict[str, Any] = {"name": name, "name_key": validation.name_key(name), "role": Role.USER, "password_hash": ""}
    values |= {"label": "" if person.name == name else person.name, "email": person.email or None}
    user = insert(User).values(**values, locale=person.locale, time_zone=person.time_zone)
    user_id = transaction.scalar(user.returning(User.id))
    assert user_id is not None
    transaction.execute(insert(Inbox).values(user_id=user_id))
    if issuer is not None:
        transaction.execute(insert(Identity).values(issuer=issuer, subject=person.subject, user_id=user_id))
    audit.note(transaction, "user.created", name, f"{issuer}: {person.subject}" if issuer is not None else "")
    return int(user_id)


def _free_name(transaction: Connection, issuer: str, person: Person) -> str:
    """A unique name as near to the person's own as there is."""
    parts = unicodedata.normalize("NFKC", person.name or person.subject).split()
    wanted = "".join(char for char in "-".join(parts) if validation.is_name(char) or char == ".")[:64] or "user"
    mark = hashlib.sha256(f"{issuer}\0{person.subject}".encode()).hexdigest()[:8]
    for name in (wanted, f"{wanted[:55]}-{mark}"):
        if not validation.is_name(name):  # folding lengthens some letters
            continue
        if transaction.scalar(select(User.id).where(User.name_key == validation.name_key(name))) is None:
            return name
    return f"user-{new_public_id()}"


def _change(transaction: Connection, row: Any, changed: dict[str, Any]) -> None:
    if changed:
        transaction.execute(update(User).where(User.id == row.id).values(**changed))
        audit.note(transaction, "user.changed", row.name, ", ".join(sorted(changed)))


def _renaming(transaction: Connection, row: Any, person: Person) -> dict[str, Any]:
    """The columns of another name, if the person has one that may be theirs."""
    try:
        name = validation.name(person.name)
    except ValueError:
        return {}
    key = validation.name_key(name)
    taken = transaction.scalar(select(User.id).where(User.name_key == key)) not in (None, row.id)
    return {} if taken or name == row.name else {"name": name, "name_key": key, "label": ""}


def _differences(row: Any, person: Person) -> dict[str, Any]:
    """The columns of `users` that have to change, with their values."""
    given = _kept(row, person)
    label = "" if person.name == row.name else person.name or row.label
    return given if label == row.label else given | {"label": label}


def _kept(row: Any, person: Person) -> dict[str, Any]:
    """As `_differences`, but for the name."""
    given = {"email": person.email, "locale": person.locale, "time_zone": person.time_zone}
    return {field: value for field, value in given.items() if value and value != getattr(row, field)}
