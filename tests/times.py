"""What happened long ago, for tests that cannot wait so long: the times that the database holds are set back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import InstrumentedAttribute

from notifier import database
from notifier.models.columns import now
from tests.people import People


def set_back(people: People, column: InstrumentedAttribute[object], *rows: ColumnElement[bool], **ago: float) -> None:
    """In these rows of the column's table, or in all of them, it happened so long `ago`: `days=7`, as for `timedelta`."""
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(column.class_).where(*rows).values({column: now() - timedelta(**ago)}))
