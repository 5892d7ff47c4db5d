"""For commands that work on the database itself: the application, with its refusals as one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError, StatementError

from notifier import create_app
from notifier.cli.exits import WRONG_USAGE, give_up
from notifier.config import SettingError
from notifier.errors import Refused
from notifier.extensions import db


@contextmanager
def application(app: Flask | None = None) -> Iterator[Flask]:
    """Enter the context of the application, created unless it is given.

    A refusal is printed as one line. Database connections are closed afterwards.
    """
    try:
        app = app or create_app()
        with app.app_context():
            try:
                yield app
            finally:
                db.engine.dispose()
    except SettingError as error:
        give_up(str(error), WRONG_USAGE)
    except Refused as refusal:
        give_up(refusal.detail)
    except SQLAlchemyError as error:
        give_up(f"the database: {_reason(error)}")


def prepare_database(app: Flask) -> None:
    """Upgrade a SQLite database to this version's tables.

    Exit when a database of another kind needs `notifier db upgrade`.
    """
    from notifier.services.maintenance import schema

    if app.config["DATABASE_URL"].startswith("sqlite"):
        schema.upgrade()
    elif problem := schema.problem():
        give_up(f"The database is {problem}")


def _reason(error: SQLAlchemyError) -> str:
    """What the driver found.

    The statement and its values, a password's hash among them, are not part of it.
    """
    found = str(error.orig) if isinstance(error, StatementError) and error.orig else type(error).__name__
    return found.strip().partition("\n")[0]
