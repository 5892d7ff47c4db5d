"""People: making them, and knowing them again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import NotFound, invalid
from notifier.models import Inbox, Installation, User
from notifier.models.user import Role
from notifier.services import passwords, words


@dataclass(frozen=True, slots=True)
class Account:
    """A user as the doors see one. `public_id` is what the outside calls `id`; `epoch` is the database's.

    `head` is the `seq` of their inbox when the account was read.
    """

    id: int
    public_id: str
    name: str
    role: Role
    token_version: int
    disabled: bool
    epoch: str
    head: int


def create_user(name: str, password: str, role: str = Role.USER) -> Account:
    """Makes a user and the inbox that belongs to them. Raises `Invalid` naming what is wrong, also a name that is taken."""
    try:
        name = words.name(name)
    except ValueError as error:
        raise invalid("username", str(error)) from None
    if role not in tuple(Role):
        raise invalid("role", f"must be one of {', '.join(Role)}")
    hash_ = passwords.hashed(password)
    try:
        with database.write() as transaction:
            user = insert(User).values(name=name, name_key=words.name_key(name), password_hash=hash_, role=role)
            user_id = transaction.scalar(user.returning(User.id))
            transaction.execute(insert(Inbox).values(user_id=user_id))
    except IntegrityError:
        raise invalid("username", f"{name!r} is taken") from None
    return by_name(name)


def authenticate(name: str, password: str) -> Account | None:
    """The account, if name and password belong together. Takes as long for a name that nobody has."""
    with database.read() as connection:
        found = connection.execute(
            select(User.public_id, User.password_hash, User.disabled_at).where(User.name_key == words.name_key(name))
        ).one_or_none()
    if not passwords.matches(found.password_hash if found else None, password):
        return None
    return by_public_id(found.public_id) if found and found.disabled_at is None else None


def by_name(name: str) -> Account:
    """Raises `NotFound`."""
    account = _account(User.name_key == words.name_key(name))
    if account is None:
        raise NotFound(f"There is no user {name!r}.")
    return account


def by_public_id(public_id: str) -> Account | None:
    return _account(User.public_id == public_id)


def count() -> int:
    """How many users there are."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(User)) or 0


def _account(condition: object) -> Account | None:
    columns = (User.id, User.public_id, User.name, User.role, User.token_version, User.disabled_at, Installation.epoch, Inbox.seq)
    joined = select(*columns).join(Inbox, Inbox.user_id == User.id).join(Installation, Installation.id == 1)
    with database.read() as connection:
        row = connection.execute(joined.where(condition)).one_or_none()  # type: ignore[arg-type]
    if row is None:
        return None
    return Account(row.id, row.public_id, row.name, Role(row.role), row.token_version, row.disabled_at is not None, row.epoch, row.seq)
