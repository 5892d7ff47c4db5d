"""`Idempotency-Key`: execute a request that is sent twice once, with the same answer."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import Conflict, Invalid, invalid
from notifier.models import IdempotencyKey
from notifier.models.columns import now

HEADER = "Idempotency-Key"
KEY_LIFE = timedelta(hours=24)
_MAX_KEY_LENGTH = 255


def checked(key: str) -> str:
    """Return `key`. Raises `Invalid` unless it is 1 to 255 printable ASCII characters."""
    if not 1 <= len(key) <= _MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise invalid(HEADER, f"must be 1 to {_MAX_KEY_LENGTH} printable ASCII characters")
    return key


def claim(sender: str, key: str) -> None:
    """Use up the key of a form whose answer cannot be repeated.

    Raises `Conflict` if it was used before.
    """
    try:
        with database.write() as transaction:
            keep(transaction, sender, checked(key), "", {})
    except Conflict:
        raise Conflict("This form was sent already, and done. Its answer is shown only once.", code="done_already") from None


def hash_of(body: str) -> str:
    """The hash by which a repeated request is recognised."""
    return hashlib.sha256(body.encode()).hexdigest()


def earlier_answer(transaction: Connection, sender: str, key: str, body_hash: str) -> dict[str, Any] | None:
    """Return the stored answer to this key, if it was used in the last 24 hours.

    Raises `Invalid` if that was for another body.
    """
    same = (IdempotencyKey.sender == sender) & (IdempotencyKey.key == key) & (IdempotencyKey.created_at > now() - KEY_LIFE)
    found = transaction.execute(select(IdempotencyKey.body_hash, IdempotencyKey.answer).where(same)).one_or_none()
    if found is None:
        return None
    if found.body_hash != body_hash:
        raise Invalid(
            f"This {HEADER} was used for another request.", code="key_reused", errors=invalid(HEADER, "used for another body").errors
        )
    answer: dict[str, Any] = found.answer
    return answer


def keep(transaction: Connection, sender: str, key: str, body_hash: str, answer: dict[str, Any]) -> None:
    """Store the answer to a key.

    Raises `Conflict` if another process is answering the same key at this moment.
    """
    old = (IdempotencyKey.sender == sender) & (IdempotencyKey.key == key) & (IdempotencyKey.created_at <= now() - KEY_LIFE)
    transaction.execute(delete(IdempotencyKey).where(old))
    row = insert(IdempotencyKey).values(sender=sender, key=key, body_hash=body_hash, answer=answer)
    try:
        transaction.execute(row)
    except IntegrityError:
        raise Conflict(
            "A request with this key is still running. Send it again in a moment.", code="still_running", retry_after=1
        ) from None
