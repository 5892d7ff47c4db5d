"""Commits are durable before they are acknowledged.

kill -9 cannot show the difference, only a loss of power: so check the database's settings.
"""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from notifier import database

SQLITE_FULL = 2


def test_commit_waits_for_the_disk(app: Flask) -> None:
    with database.write() as transaction:
        if transaction.dialect.name == "sqlite":
            assert transaction.scalar(text("PRAGMA synchronous")) == SQLITE_FULL
        else:
            assert transaction.scalar(text("SHOW synchronous_commit")) == "on"
