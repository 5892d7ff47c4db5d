"""Who did what, when, and from where: written in the transaction that does it, so that neither is there without the other.

The doors say once who is `acting`; everything that steers, sends or signs in notes itself here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from notifier import database
from notifier.models import AuditEntry
from notifier.models.columns import now
from notifier.services.pagination import read_page

_AT_ONCE = 500
_LONGEST_DETAIL = 1000
# How far back one search goes: no more than some ten milliseconds of reading.
_SEARCHED_AT_ONCE = 20_000
_COLUMNS = ("at", "actor", "actor_name", "action", "subject", "detail", "address")
# Built once: every send has it in its transaction.
_INSERT = insert(AuditEntry).values({column: bindparam(column) for column in _COLUMNS})


@dataclass(frozen=True, slots=True)
class Actor:
    """`who`: `user:ID`, `key:ID`, `local`, or empty for somebody who has not said; `name`: what they are called."""

    who: str
    name: str
    address: str


LOCAL = Actor("local", "local", "")
"""Whoever works on the server's own machine, past all doors."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entries, newest first. `before`: where the next page begins, or None. `looked_back`: that page searches further back."""

    entries: list[Any]
    before: int | None
    looked_back: bool = False


def acting(actor: Actor) -> None:
    """From here to the end of the request, or of the application context, it is `actor` who acts."""
    g.actor = actor


def actor() -> Actor:
    """Who is acting. In a request of which no door has said so, nobody that is known."""
    found: Actor | None = g.get("actor")
    if found is not None:
        return found
    return Actor("", "", request.remote_addr or "") if has_request_context() else LOCAL


def note(transaction: Connection, action: str, subject: str = "", detail: str = "") -> None:
    """Whoever is acting has done `action` to `subject`."""
    who = actor()
    values = (now(), who.who, who.name[:64], action, subject[:200], detail[:_LONGEST_DETAIL], who.address[:64])
    transaction.execute(_INSERT, dict(zip(_COLUMNS, values, strict=True)))


def note_alone(action: str, subject: str = "", detail: str = "") -> None:
    """As `note`, for what changes nothing else."""
    with database.write() as transaction:
        note(transaction, action, subject, detail)


def search(query: str = "", action: str = "", *, limit: int, before: int | None = None) -> Found:
    """Entries that hold `query` anywhere and are of `action` or a kind of it (`key` finds `key.created`); both empty: all.

    A search looks through a bounded stretch of the past at a time.
    """
    found = select(AuditEntry.__table__).order_by(AuditEntry.id.desc())
    if before is not None:
        found = found.where(AuditEntry.id < before)
    with database.read() as connection:
        newest = connection.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)) or 0
        oldest = min(before or newest + 1, newest + 1) - _SEARCHED_AT_ONCE
        if query or action:
            found = found.where(AuditEntry.id >= oldest)
        if action:
            found = found.where((AuditEntry.action == action) | AuditEntry.action.startswith(f"{action}.", autoescape=True))
        if query:
            columns = (AuditEntry.actor_name, AuditEntry.action, AuditEntry.subject, AuditEntry.detail, AuditEntry.address)
            found = found.where(or_(*(column.icontains(query, autoescape=True) for column in columns)))
        rows, next_before = read_page(connection, found, limit, "id")
        further = bool(query or action) and bool(connection.scalar(select(AuditEntry.id).where(AuditEntry.id < oldest).limit(1)))
    if next_before is not None:
        return Found(rows, next_before)
    return Found(rows, oldest if further else None, looked_back=further)


def purge(transaction: Connection, older_than: datetime) -> int:
    """Removes some of the entries from before `older_than`, and says how many."""
    oldest = select(AuditEntry.id, AuditEntry.at).order_by(AuditEntry.id).limit(_AT_ONCE)
    ids = [row.id for row in transaction.execute(oldest) if row.at < older_than]
    if ids:
        transaction.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
    return len(ids)
