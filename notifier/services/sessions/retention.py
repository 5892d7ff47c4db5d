"""Steps of the scheduler for sessions: mark silent ones as stalled, and remove old ones.

Safe under any number of processes.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import bindparam, delete, select, update

from notifier import database
from notifier.models import Session
from notifier.models.session import STALLED
from notifier.services.hints import publish_hints

BATCH_SIZE = 500
"""Rows changed or removed in one transaction."""


_SILENT = database.Prepared(select(Session.id).where(Session.silent_at <= bindparam("now")).limit(BATCH_SIZE))


def stall_step() -> bool:
    """Mark some sessions without a report for too long as stalled. True when more may be left.

    A session that gets a report at this moment is left as it is.
    """
    ids = [row.id for row in database.due(_SILENT)]
    if not ids:
        return False
    with database.write() as transaction:
        still = update(Session).where(Session.id.in_(ids), Session.silent_at <= database.clock(transaction))
        stalled = still.values(status=STALLED, version=Session.version + 1, silent_at=None).returning(Session.id)
        changed = list(transaction.scalars(stalled))
    publish_hints([], changed)
    return len(ids) == BATCH_SIZE


def purge_step() -> bool:
    """Remove some sessions whose end or last report is older than `RETENTION_DAYS`.

    True when more may be left.
    """
    with database.write() as transaction:
        past = database.clock(transaction) - timedelta(days=current_app.config["RETENTION_DAYS"])
        old = (Session.ended_at < past) | (Session.ended_at.is_(None) & (Session.updated_at < past))
        ids = list(transaction.scalars(select(Session.id).where(old).limit(BATCH_SIZE)))
        transaction.execute(delete(Session).where(Session.id.in_(ids), old))
    publish_hints([], ids)
    return len(ids) == BATCH_SIZE
