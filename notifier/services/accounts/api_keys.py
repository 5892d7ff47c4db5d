"""Keys for programs: shown once, kept as a hash, good for what their scopes say."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from notifier import database
from notifier.errors import NotFound, invalid
from notifier.models import ApiKey, User
from notifier.models.columns import now
from notifier.services import audit, validation
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints

SCOPES = ("send", "read")
MARK = "ntf_"
_USED_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was presented and is good. `account`: the user it reads for, None for one that only sends."""

    id: int
    public_id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    account: Account | None


def create(name: str, *, user: str | None = None, scopes: Collection[str] = ("send",)) -> str:
    """Makes a key and returns it: the only time it is seen. Raises `Invalid`, `NotFound`."""
    try:
        name = validation.line(name)
    except ValueError as error:
        raise invalid("name", str(error)) from None
    if not 1 <= len(name) <= 64:
        raise invalid("name", "must have 1 to 64 characters")
    if not scopes or set(scopes) - set(SCOPES):
        raise invalid("scopes", f"must be some of {', '.join(SCOPES)}")
    if "read" in scopes and user is None:
        raise invalid("user", "is needed with the scope `read`: whose inbox")
    user_id = users.by_name(user).id if user is not None else None
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    values = {"name": name, "user_id": user_id, "prefix": prefix, "secret_hash": _hash(secret), "scopes": ",".join(sorted(set(scopes)))}
    with database.write() as transaction:
        transaction.execute(insert(ApiKey).values(**values))
        audit.note(transaction, "key.created", name, f"{MARK}{prefix}… for {values['scopes']}" + (f", reads for {user}" if user else ""))
    return f"{MARK}{prefix}_{secret}"


def presented(token: str) -> Key | None:
    """The key, if it is one of ours, not revoked, and its user neither gone nor disabled."""
    prefix, _, secret = token.removeprefix(MARK).partition("_")
    with database.read() as connection:
        row = connection.execute(select(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None))).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        return None
    account = users.by_id(row.user_id) if row.user_id is not None else None
    if row.user_id is not None and (account is None or account.disabled):
        return None
    if row.last_used_at is None or row.last_used_at < now() - _USED_AGAIN:
        with database.write() as transaction:
            transaction.execute(update(ApiKey).where(ApiKey.id == row.id).values(last_used_at=now()))
    return Key(row.id, row.public_id, row.name, row.prefix, frozenset(row.scopes.split(",")), account)


def listing() -> list[Any]:
    """All keys that are good, by name: `public_id`, `name`, `prefix`, `scopes`, `last_used_at`, `user` (whose inbox it reads)."""
    with database.read() as connection:
        return list(connection.execute(_good().order_by(ApiKey.name, ApiKey.id)))


def get(public_id: str) -> Any:
    """One of them. Raises `NotFound`."""
    with database.read() as connection:
        key = connection.execute(_good().where(ApiKey.public_id == public_id)).one_or_none()
    if key is None:
        raise _unknown()
    return key


def rotate(public_id: str) -> str:
    """Gives a key a new secret and returns it. It stays the same sender; what the old secret opened ends. Raises `NotFound`."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    _change(public_id, "key.rotated", {"prefix": prefix, "secret_hash": _hash(secret)})
    return f"{MARK}{prefix}_{secret}"


def revoke(public_id: str) -> None:
    """Ends a key, and the streams it opened. Raises `NotFound`."""
    _change(public_id, "key.revoked", {"revoked_at": now()})


def _change(public_id: str, action: str, values: dict[str, Any]) -> None:
    with database.write() as transaction:
        mine = update(ApiKey).where(ApiKey.public_id == public_id, ApiKey.revoked_at.is_(None)).values(**values)
        row = transaction.execute(mine.returning(ApiKey.name, ApiKey.prefix, ApiKey.user_id)).one_or_none()
        if row is None:
            raise _unknown()
        _tell_streams(transaction, row.user_id)
        audit.note(transaction, action, row.name, f"{MARK}{row.prefix}…")
    publish_hints([row.user_id] if row.user_id is not None else [])


def _good() -> Any:
    shown = select(ApiKey.public_id, ApiKey.name, ApiKey.prefix, ApiKey.scopes, ApiKey.last_used_at, User.name.label("user"))
    return shown.outerjoin(User, User.id == ApiKey.user_id).where(ApiKey.revoked_at.is_(None))


def _unknown() -> NotFound:
    return NotFound("There is no such key.")


def _tell_streams(transaction: Connection, user_id: int | None) -> None:
    if user_id is not None:
        transaction.execute(update(User).where(User.id == user_id).values(access_seq=User.access_seq + 1))


def _hash(secret: str) -> str:
    """A random secret of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
