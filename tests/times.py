"""Move stored timestamps into the past, for tests of limits that are too long to wait for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import InstrumentedAttribute

from notifier import database
from notifier.models.columns import now
from tests.people import People


def set_back(people: People, column: InstrumentedAttribute[object], *rows: ColumnElement[bool], **ago: float) -> None:
    """Set the column to a time that long `ago` (`days=7`, as for `timedelta`), in these rows or in all."""
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(column.class_).where(*rows).values({column: now() - timedelta(**ago)}))
