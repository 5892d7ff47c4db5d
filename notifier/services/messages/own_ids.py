"""Ids that senders choose: a message is sent once under each, as long as it is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from notifier.errors import Conflict
from notifier.models import Message


def earlier_answer(transaction: Connection, public_id: str, sender: str, body_hash: str) -> dict[str, Any] | None:
    """Return the answer to an earlier send of this id.

    Raises `Conflict` if that had another body or sender.
    """
    found = transaction.execute(select(Message.sender, Message.own_id).where(Message.public_id == public_id)).one_or_none()
    if found is None:
        return None
    if found.sender != sender or found.own_id is None or found.own_id["hash"] != body_hash:
        raise Conflict("Another message has this id already.", code="id_taken")
    answer: dict[str, Any] = found.own_id["answer"]
    return answer


def keep(transaction: Connection, public_id: str, body_hash: str, answer: dict[str, Any]) -> None:
    """Store the answer with the message."""
    kept = {"hash": body_hash, "answer": answer}
    transaction.execute(update(Message).where(Message.public_id == public_id).values(own_id=kept))
