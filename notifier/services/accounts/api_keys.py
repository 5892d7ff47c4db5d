"""API keys for programs: shown once, stored as a hash, limited to their scopes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from notifier import current, database
from notifier.errors import Forbidden, NotFound, Unavailable, invalid
from notifier.models import ApiKey, User
from notifier.models.columns import now
from notifier.services import audit, bookkeeping, validation
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints

SCOPES = ("send", "read", "people")
KEY_PREFIX = "ntf_"
# `last_used_at` is written at most this often: each write is a commit. No oftener is it tried where the database takes none.
_USE_NOTED_INTERVAL = timedelta(minutes=1)
_USE_TRIED_AGAIN_AT = "notifier.key_use_tried_again_at"
_TERM = re.compile(r"all|(?:user|group|destination|role|id):[^\x00-\x1f\x7f-\x9f]{1,128}")
_TYPE = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_MAX_WORDS = 50


@dataclass(frozen=True, slots=True)
class Key:
    """A valid key. `account`: the user whose inbox it reads, None for a key of no user.

    `audience`, `types`: the only terms it may send to and the only types it may send; empty: any.
    """

    id: int
    public_id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    account: Account | None
    audience: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


def create(
    name: str,
    *,
    user: str | None = None,
    scopes: Collection[str] = ("send",),
    audience: Sequence[str] = (),
    types: Sequence[str] = (),
) -> str:
    """Create a key and return it, the only time that it is shown. Raises `Invalid`, `NotFound`.

    `audience`, `types`: as in `Key`.
    """
    try:
        name = validation.line(name)
    except ValueError as error:
        raise invalid("name", str(error)) from None
    if not 1 <= len(name) <= 64:
        raise invalid("name", "must have 1 to 64 characters")
    if not scopes or set(scopes) - set(SCOPES):
        raise invalid("scopes", f"must be some of {', '.join(SCOPES)}")
    if "read" in scopes and user is None:
        raise invalid("user", "is required for the scope `read`: the user whose inbox the key reads")
    _check_narrowing(scopes, audience, types)
    user_id = users.by_name(user).id if user is not None else None
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    values = {"name": name, "user_id": user_id, "prefix": prefix, "secret_hash": _hash(secret), "scopes": ",".join(sorted(set(scopes)))}
    narrowed: dict[str, Any] = {"audience": list(dict.fromkeys(audience)), "types": list(dict.fromkeys(types))}
    with database.write() as transaction:
        transaction.execute(insert(ApiKey).values(**values, **narrowed))
        grants = f"{values['scopes']}, reads for {user}" if user else values["scopes"]
        audit.note(transaction, "key.created", name, f"{KEY_PREFIX}{prefix}… for {grants}")
    return f"{KEY_PREFIX}{prefix}_{secret}"


def authenticate(token: str) -> Key | None:
    """The key behind `token`; None when it is unknown or revoked, or its user is disabled."""
    prefix, _, secret = token.removeprefix(KEY_PREFIX).partition("_")
    with database.read() as connection:
        row = connection.execute(select(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None))).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        return None
    account = users.by_id(row.user_id) if row.user_id is not None else None
    if row.user_id is not None and (account is None or account.disabled):
        return None
    if row.last_used_at is None or row.last_used_at < now() - _USE_NOTED_INTERVAL:
        _note_use(row.id)
    narrowed = (tuple(row.audience), tuple(row.types))
    return Key(row.id, row.public_id, row.name, row.prefix, frozenset(row.scopes.split(",")), account, *narrowed)


def _note_use(id_: int) -> None:
    """Record that a key is used. Where the database takes no writes, keys still read."""
    if time.monotonic() >= current.app().extensions.get(_USE_TRIED_AGAIN_AT, 0.0):
        bookkeeping.record("the use of a key", lambda: _write_use(id_))


def _write_use(id_: int) -> None:
    try:
        with database.write() as transaction:
            transaction.execute(update(ApiKey).where(ApiKey.id == id_).values(last_used_at=now()))
    except Unavailable:
        current.app().extensions[_USE_TRIED_AGAIN_AT] = time.monotonic() + _USE_NOTED_INTERVAL.total_seconds()
        raise


def refuse_beyond(key: Key, terms: Iterable[str], type_: str) -> None:
    """Raise `Forbidden` unless a narrowed key may send this type to each of `terms`.

    Terms are compared as they are written.
    """
    if key.types and type_ not in key.types:
        raise Forbidden(f"This key may only send the types {', '.join(key.types)}.")
    allowed = set(map(validation.term_key, key.audience))
    if key.audience and not allowed.issuperset(map(validation.term_key, terms)):
        raise Forbidden(f"This key may only send to {', '.join(key.audience)}.")


def _check_narrowing(scopes: Collection[str], audience: Sequence[str], types: Sequence[str]) -> None:
    for field, words, form, example in (("audience", audience, _TERM, "group:staff"), ("types", types, _TYPE, "video_complete")):
        if words and "send" not in scopes:
            raise invalid(field, "is for keys of the scope `send`")
        if len(words) > _MAX_WORDS:
            raise invalid(field, f"must have at most {_MAX_WORDS}")
        for place, word in enumerate(words):
            if not form.fullmatch(word):
                raise invalid(f"{field}[{place}]", f"must be written as in a message, such as {example}")


def listing() -> list[Any]:
    """All keys that are not revoked, by name.

    Rows: `public_id`, `name`, `prefix`, `scopes`, `audience`, `types`, `last_used_at`, `user` (whose inbox it reads).
    """
    with database.read() as connection:
        return list(connection.execute(_not_revoked().order_by(ApiKey.name, ApiKey.id)))


def get(public_id: str) -> Any:
    """One key of `listing`. Raises `NotFound`."""
    with database.read() as connection:
        key = connection.execute(_not_revoked().where(ApiKey.public_id == public_id)).one_or_none()
    if key is None:
        raise _unknown()
    return key


def rotate(public_id: str) -> str:
    """Replace a key's secret and return the new one.

    It stays the same sender; streams of the old secret end. Raises `NotFound`.
    """
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    _change(public_id, "key.rotated", {"prefix": prefix, "secret_hash": _hash(secret)})
    return f"{KEY_PREFIX}{prefix}_{secret}"


def revoke(public_id: str) -> None:
    """Revoke a key and end its streams. Raises `NotFound`."""
    _change(public_id, "key.revoked", {"revoked_at": now()})


def _change(public_id: str, action: str, values: dict[str, Any]) -> None:
    with database.write() as transaction:
        changed = update(ApiKey).where(ApiKey.public_id == public_id, ApiKey.revoked_at.is_(None)).values(**values)
        row = transaction.execute(changed.returning(ApiKey.name, ApiKey.prefix, ApiKey.user_id)).one_or_none()
        if row is None:
            raise _unknown()
        _recheck_streams(transaction, row.user_id)
        audit.note(transaction, action, row.name, f"{KEY_PREFIX}{row.prefix}…")
    publish_hints([row.user_id] if row.user_id is not None else [])


def _not_revoked() -> Any:
    own = (ApiKey.public_id, ApiKey.name, ApiKey.prefix, ApiKey.scopes, ApiKey.audience, ApiKey.types, ApiKey.last_used_at)
    shown = select(*own, User.name.label("user"))
    return shown.outerjoin(User, User.id == ApiKey.user_id).where(ApiKey.revoked_at.is_(None))


def _unknown() -> NotFound:
    return NotFound("There is no such key.")


def _recheck_streams(transaction: Connection, user_id: int | None) -> None:
    """Have every process check the grants of the user's open streams again."""
    if user_id is not None:
        transaction.execute(update(User).where(User.id == user_id).values(access_seq=User.access_seq + 1))


def _hash(secret: str) -> str:
    """SHA-256: a random secret of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
