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
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.errors import FieldError, Invalid
from notifier.models import Group, Identity, Inbox, Membership, User
from notifier.models.columns import new_public_id, now
from notifier.models.user import Role
from notifier.services import audit, validation
from notifier.services.accounts import users
from notifier.services.accounts.person import Person
from notifier.services.accounts.users import Account

__all__ = ["Person", "Seen", "host_issuer", "known", "record"]

HOST = "host"
"""The issuer of a host application that signs no tokens."""
_SEEN_NOTED_EVERY = timedelta(hours=1)
_ATTEMPTS = 3
_FIELDS = ("label", "email", "locale", "time_zone")
_SAME = (Identity.issuer == bindparam("issuer")) & (Identity.subject == bindparam("subject"))
_KNOWN = select(User.id, User.name, User.label, User.email, User.locale, User.time_zone, Identity.seen_at)
_KNOWN = _KNOWN.join(Identity, Identity.user_id == User.id).where(_SAME)


@dataclass(frozen=True, slots=True)
class Seen:
    """The user, and whether this was the first time that they were seen."""

    account: Account
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
        as_it_is = row is not None and not _differences(row, person) and not _moves(connection, row.id, person)
    if row is not None and as_it_is and row.seen_at > now() - _SEEN_NOTED_EVERY:
        account = users.by_id(row.id)
        if account is not None:
            return account
    return record(issuer, person).account


def record(issuer: str, person: Person, *, by_host: bool = False) -> Seen:
    """As `known`, also saying whether the user is new.

    `by_host`: the host itself asks, not one of its users: it may rename the user, and add them to any group.
    Raises `Invalid` for a group that does not exist, if `by_host`.
    """
    for _ in range(_ATTEMPTS):
        try:
            user_id, created = _record(issuer, person, by_host)
        except IntegrityError:  # another process created the same person, or took the name, at the same moment
            continue
        account = users.by_id(user_id)
        if account is not None:
            return Seen(account, created)
    raise database.busy()


@database.retry_on_conflict
def _record(issuer: str, person: Person, by_host: bool) -> tuple[int, bool]:
    with database.write() as transaction:
        row = transaction.execute(_KNOWN, {"issuer": issuer, "subject": person.subject}).one_or_none()
        user_id = _create(transaction, issuer, person) if row is None else int(row.id)
        if row is not None:
            _change(transaction, row, person, by_host)
        if by_host:
            _join(transaction, user_id, person)
        _move(transaction, user_id, person)
        seen = update(Identity).where(Identity.issuer == issuer, Identity.subject == person.subject)
        transaction.execute(seen.values(seen_at=now()))
    return user_id, row is None


def _create(transaction: Connection, issuer: str, person: Person) -> int:
    name = _free_name(transaction, issuer, person)
    values: dict[str, Any] = {"name": name, "name_key": validation.name_key(name), "role": Role.USER, "password_hash": ""}
    values |= {"label": "" if person.name == name else person.name, "email": person.email or None}
    user = insert(User).values(**values, locale=person.locale, time_zone=person.time_zone)
    user_id = transaction.scalar(user.returning(User.id))
    assert user_id is not None
    transaction.execute(insert(Inbox).values(user_id=user_id))
    transaction.execute(insert(Identity).values(issuer=issuer, subject=person.subject, user_id=user_id))
    audit.note(transaction, "user.created", name, f"{issuer}: {person.subject}")
    return int(user_id)


def _free_name(transaction: Connection, issuer: str, person: Person) -> str:
    """A unique name as near to the person's own as there is."""
    parts = unicodedata.normalize("NFKC", person.name or person.subject).split()
    wanted = "".join(char for char in "-".join(parts) if char.isalnum() or char in "_.@+-")[:64] or "user"
    mark = hashlib.sha256(f"{issuer}\0{person.subject}".encode()).hexdigest()[:8]
    for name in (wanted, f"{wanted[:55]}-{mark}", f"user-{new_public_id()}"):
        if transaction.scalar(select(User.id).where(User.name_key == validation.name_key(name))) is None:
            return name
    raise AssertionError("unreachable: the last name is a fresh one")


def _change(transaction: Connection, row: Any, person: Person, by_host: bool) -> None:
    changed = _differences(row, person)
    if by_host and person.name and person.name != row.name and _may_be_named(transaction, row.id, person.name):
        changed |= {"name": person.name, "name_key": validation.name_key(person.name), "label": ""}
    if changed:
        transaction.execute(update(User).where(User.id == row.id).values(**changed))
        audit.note(transaction, "user.changed", row.name, ", ".join(sorted(changed)))


def _may_be_named(transaction: Connection, user_id: int, name: str) -> bool:
    try:
        key = validation.name_key(name) if validation.name(name) == name else None
    except ValueError:
        return False
    return key is not None and transaction.scalar(select(User.id).where(User.name_key == key)) in (None, user_id)


def _differences(row: Any, person: Person) -> dict[str, Any]:
    """The columns of `users` that have to change, with their values."""
    label = "" if person.name == row.name else person.name or row.label
    given = {"label": label, "email": person.email, "locale": person.locale, "time_zone": person.time_zone}
    return {field: given[field] for field in _FIELDS if given[field] != getattr(row, field) and (given[field] or field == "label")}


def _moves(connection: Connection, user_id: int, person: Person) -> tuple[list[int], list[int]] | None:
    """The ids of the managed groups to join and to leave, None for none."""
    if person.groups is None:
        return None
    member = (Membership.group_id == Group.id) & (Membership.user_id == user_id)
    found = select(Group.id, Group.name_key, Membership.user_id).outerjoin(Membership, member).where(Group.managed)
    named = {validation.name_key(name) for name in person.groups}
    rows = connection.execute(found).all()
    join = [row.id for row in rows if row.user_id is None and row.name_key in named]
    leave = [row.id for row in rows if row.user_id is not None and row.name_key not in named]
    return (join, leave) if join or leave else None


def _move(transaction: Connection, user_id: int, person: Person) -> None:
    join, leave = _moves(transaction, user_id, person) or ([], [])
    if join:
        transaction.execute(insert(Membership), [{"group_id": group, "user_id": user_id, "manager": False} for group in join])
    if leave:
        transaction.execute(delete(Membership).where(Membership.user_id == user_id, in_numbers(Membership.group_id, leave)))


def _join(transaction: Connection, user_id: int, person: Person) -> None:
    """Add the user to all groups that are named, managed or not. Raises `Invalid`."""
    keys = [validation.name_key(name) for name in person.groups or ()]
    if not keys:
        return
    member = (Membership.group_id == Group.id) & (Membership.user_id == user_id)
    found = select(Group.id, Group.name_key, Membership.user_id).outerjoin(Membership, member).where(Group.name_key.in_(keys))
    groups = {row.name_key: row for row in transaction.execute(found)}
    wrong = [
        FieldError(f"groups[{place}]", f"there is no group {(person.groups or ())[place]!r}")
        for place, key in enumerate(keys)
        if key not in groups
    ]
    if wrong:
        raise Invalid("; ".join(f"{error.field}: {error.detail}" for error in wrong), errors=tuple(wrong))
    joined = [{"group_id": row.id, "user_id": user_id, "manager": False} for row in groups.values() if row.user_id is None]
    if joined:
        transaction.execute(insert(Membership), joined)
