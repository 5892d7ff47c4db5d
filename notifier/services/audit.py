"""Audit log: who did what, when, and from where.

An entry is written in the transaction that it describes, so that neither exists alone.
Each entry point sets the acting user, key or machine once (`acting`); the services that change, send or sign in add the entries.
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

_BATCH_SIZE = 500
_MAX_DETAIL_LENGTH = 1000
# How far back one search goes: no more than some ten milliseconds of reading.
_SEARCH_BATCH_SIZE = 20_000
_COLUMNS = ("at", "actor", "actor_name", "action", "subject", "detail", "address")
# Built once: every send executes it in its transaction.
_INSERT = database.Prepared(insert(AuditEntry).inline().values({column: bindparam(column) for column in _COLUMNS}))


@dataclass(frozen=True, slots=True)
class Actor:
    """The user, key or machine that acts, and its address.

    `who`: `user:ID`, `key:ID`, `local`, or empty for a client that is not signed in. `name`: shown in the log.
    """

    who: str
    name: str
    address: str


LOCAL = Actor("local", "local", "")
"""The server's own machine: the command line, or code in the same process."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entries, newest first.

    `before`: the cursor of the next page, or None. `looked_back`: this page ends where the search stopped, not because it is full.
    """

    entries: list[Any]
    before: int | None
    looked_back: bool = False


def acting(actor: Actor) -> None:
    """Set the actor until the end of the request or of the application context."""
    g.actor = actor


def actor() -> Actor:
    """The current actor.

    In a request that has set none, only the address is known. Outside of requests it is `LOCAL`.
    """
    found: Actor | None = g.get("actor")
    if found is not None:
        return found
    return Actor("", "", request.remote_addr or "") if has_request_context() else LOCAL


def note(transaction: Connection, action: str, subject: str = "", detail: str = "", by: Actor | None = None) -> None:
    """Add an entry: the current actor, or the one given as `by`, did `action` to `subject`."""
    who = by or actor()
    values = (now(), who.who, who.name[:64], action, subject[:200], detail[:_MAX_DETAIL_LENGTH], who.address[:64])
    _INSERT.queue(transaction, **dict(zip(_COLUMNS, values, strict=True)))


def note_alone(action: str, subject: str = "", detail: str = "") -> None:
    """As `note`, in a transaction of its own, for an action that changes no other row."""
    with database.write() as transaction:
        note(transaction, action, subject, detail)


def search(query: str = "", action: str = "", *, limit: int, before: int | None = None) -> Found:
    """Find entries that contain `query` and are of `action` or a kind of it.

    `key` finds `key.created`.
    Both empty: all entries. Otherwise one call searches a bounded stretch of the past only.
    """
    found = select(AuditEntry.__table__).order_by(AuditEntry.id.desc())
    if before is not None:
        found = found.where(AuditEntry.id < before)
    with database.read() as connection:
        newest = connection.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)) or 0
        oldest = min(before or newest + 1, newest + 1) - _SEARCH_BATCH_SIZE
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
    """Delete some of the entries from before `older_than`. Returns their number."""
    oldest = select(AuditEntry.id, AuditEntry.at).order_by(AuditEntry.id).limit(_BATCH_SIZE)
    ids = [row.id for row in transaction.execute(oldest) if row.at < older_than]
    if ids:
        transaction.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
    return len(ids)
