"""Users: create, authenticate, change and disable them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier import current, database
from notifier.errors import NotFound, invalid, shown
from notifier.models import Inbox, Installation, SignIn, User
from notifier.models.columns import now
from notifier.models.user import Role
from notifier.services import audit, validation
from notifier.services.accounts import passwords
from notifier.services.hints import publish_hints

# Built once: every request runs it, and building a statement takes longer than running it.
_NO_SIGN_IN = 0
_USER = (User.id, User.public_id, User.name, User.label, User.role, User.token_version, User.access_seq, User.disabled_at)
ACCOUNTS = (
    select(*_USER, Installation.epoch, Installation.streams_enabled, Inbox.seq.label("head"))
    .join(Inbox, Inbox.user_id == User.id)
    .join(Installation, Installation.id == 1)
)
"""All accounts, each a row for `account_of`."""
_BY_ID = database.Prepared(ACCOUNTS.where(User.id == bindparam("user_id")))
_OF_TOKEN = (SignIn.id == bindparam("sign_in", type_=SignIn.id.type)) & (SignIn.user_id == User.id) & SignIn.revoked_at.is_(None)
_BY_TOKEN = database.Prepared(
    ACCOUNTS.outerjoin(SignIn, _OF_TOKEN).where(
        User.public_id == bindparam("public_id"),
        User.token_version == bindparam("version"),
        User.disabled_at.is_(None),
        (bindparam("sign_in", type_=SignIn.id.type) == _NO_SIGN_IN) | SignIn.id.is_not(None),
    )
)


@dataclass(frozen=True, slots=True)
class Account:
    """A user as entry points see one. `public_id` is the `id` of the API; `epoch` is the database's.

    `head`: the `seq` of their inbox when the account was read. `streams`: whether streams were served then (`streams.kill_switch`).
    `label`: the name as it is shown.
    """

    id: int
    public_id: str
    name: str
    role: Role
    token_version: int
    access_seq: int
    disabled: bool
    epoch: str
    head: int
    streams: bool
    label: str

    @property
    def sender(self) -> str:
        """The name that the user's messages, sessions and rates are stored under."""
        return f"user:{self.id}"


def create_user(name: str, password: str, role: str = Role.USER) -> Account:
    """Create a user and their inbox.

    Raises `Invalid` naming the wrong field, also for a name that is taken.
    """
    try:
        name = validation.name(name)
    except ValueError as error:
        raise invalid("username", str(error)) from None
    check_role(role)
    passwords.refuse_guessable(password, name)
    hash_ = passwords.hashed(password)
    try:
        with database.write() as transaction:
            user = insert(User).values(name=name, name_key=validation.name_key(name), password_hash=hash_, role=role)
            user_id = transaction.scalar(user.returning(User.id))
            transaction.execute(insert(Inbox).values(user_id=user_id))
            audit.note(transaction, "user.created", name, role)
    except IntegrityError:
        raise invalid("username", f"{shown(name)} is taken") from None
    return by_name(name)


def authenticate(name: str, password: str) -> Account | None:
    """The account of this name if the password matches, else None.

    Unknown names take as long as known ones.
    """
    with database.read() as connection:
        own = User.name_key == validation.name_key(name)
        known = select(User.public_id, User.password_hash, User.token_version, User.disabled_at).where(own)
        found = connection.execute(known).one_or_none()
    if not passwords.matches(found.password_hash if found else None, password):
        return None
    account = by_public_id(found.public_id) if found and found.disabled_at is None else None
    # Verifying takes a while, and the password may have been replaced meanwhile.
    return account if account and found and account.token_version == found.token_version else None


def set_role(account: Account, role: str) -> None:
    """Change a user's role. Raises `Invalid` for an unknown role."""
    check_role(role)
    with database.write() as transaction:
        write_role(transaction, account, role)
    publish_hints([account.id])


def write_role(transaction: Connection, account: Account, role: str) -> None:
    """Change a role in the caller's transaction."""
    changed = {"role": role, "access_seq": User.access_seq + 1}
    transaction.execute(update(User).where(User.id == account.id).values(**changed))
    audit.note(transaction, "user.role", account.name, f"{account.role} → {role}")


def set_disabled(name: str, disabled: bool) -> None:
    """Disable a user, which ends their sign-ins and streams, or enable them again. Raises `NotFound`."""
    account = by_name(name)
    with database.write() as transaction:
        write_disabled(transaction, account, disabled)
    publish_hints([account.id])


def write_disabled(transaction: Connection, account: Account, disabled: bool) -> None:
    """As `set_disabled`, in the caller's transaction."""
    values = {"disabled_at": now() if disabled else None}
    _write_and_end_sign_ins(transaction, account, "user.disabled" if disabled else "user.enabled", values)


def end_access(account: Account) -> None:
    """End all sign-ins, tokens and streams of a user who may come back."""
    change_and_end_sign_ins(account, "sign_out", {})


def change_and_end_sign_ins(account: Account, action: str, values: dict[str, object], *only_if: ColumnElement[bool]) -> bool:
    """Change columns of a user and end all of their sign-ins, tokens and streams.

    Returns whether the user was changed, who is not unless `only_if` holds.
    """
    with database.write() as transaction:
        if not _write_and_end_sign_ins(transaction, account, action, values, *only_if):
            return False
    publish_hints([account.id])
    return True


def by_name(name: str) -> Account:
    """The account of this name, compared without case. Raises `NotFound`."""
    account = _account(User.name_key == validation.name_key(name))
    if account is None:
        raise NotFound(f"There is no user {shown(name)}.")
    return account


def exists(name: str) -> bool:
    """Whether there is a user of this name, compared without case."""
    return _account(User.name_key == validation.name_key(name)) is not None


def by_public_id(public_id: str) -> Account | None:
    return _account(User.public_id == public_id)


def by_token(public_id: str, version: int, sign_in: int | None) -> Account | None:
    """The account that a token's claims name, or None when the token was revoked.

    It is when the account is disabled or has a later version, and when the sign-in has ended.
    """
    return _read(database.lookup(_BY_TOKEN, public_id=public_id, version=version, sign_in=sign_in or _NO_SIGN_IN))


def by_id(user_id: int) -> Account | None:
    return _read(database.lookup(_BY_ID, user_id=user_id))


def account_of(row: Any) -> Account:
    """The account of a row of `ACCOUNTS`."""
    disabled = row.disabled_at is not None
    streams = bool(row.streams_enabled and current.app().config["ENABLE_SSE_NOTIFICATIONS"])
    rights = (Role(row.role), row.token_version, row.access_seq, disabled)
    return Account(row.id, row.public_id, row.name, *rights, row.epoch, row.head, streams, row.label or row.name)


def first_admin() -> Account | None:
    """The oldest admin who is not disabled."""
    admins = select(func.min(User.id)).where(User.role == Role.ADMIN, User.disabled_at.is_(None))
    return _account(User.id == admins.scalar_subquery())


def count() -> int:
    """The number of users."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(User)) or 0


def check_role(role: str) -> None:
    """Raise `Invalid` for an unknown role."""
    if role not in tuple(Role):
        raise invalid("role", f"must be one of {', '.join(Role)}")


def _write_and_end_sign_ins(
    transaction: Connection, account: Account, action: str, values: dict[str, Any], *only_if: ColumnElement[bool]
) -> bool:
    versions = {"token_version": User.token_version + 1, "access_seq": User.access_seq + 1}
    if not transaction.execute(update(User).where(User.id == account.id, *only_if).values(**values, **versions)).rowcount:
        return False
    transaction.execute(update(SignIn).where(SignIn.user_id == account.id, SignIn.revoked_at.is_(None)).values(revoked_at=now()))
    audit.note(transaction, action, account.name)
    return True


def _account(condition: ColumnElement[bool]) -> Account | None:
    with database.read() as connection:
        return _read(connection.execute(ACCOUNTS.where(condition)).one_or_none())


def _read(row: Any) -> Account | None:
    return None if row is None else account_of(row)
