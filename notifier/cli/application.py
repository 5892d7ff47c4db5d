"""For commands that work on the database itself: the application, with its refusals as one line."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError, StatementError

from notifier import create_app
from notifier.cli.exits import WRONG_USAGE, give_up
from notifier.config import SettingError, Settings
from notifier.environment import warnings
from notifier.errors import Refused
from notifier.extensions import db


@contextmanager
def application(create: Callable[[], Flask] = create_app, *, warn: Callable[[str], None] | None = None) -> Iterator[Flask]:
    """Enter the context of the application that `create` returns.

    `warn`: called with a line for each unknown setting, which are otherwise printed. A refusal is printed as one line. Database
    connections are closed afterwards.
    """
    for line in warnings(os.environ, Settings.model_fields):
        (warn or _print_warning)(line)
    try:
        app = create()
        with _silent(app.logger), app.app_context():
            try:
                yield app
            finally:
                db.engine.dispose()
    except SettingError as error:
        give_up(str(error), WRONG_USAGE)
    except Refused as refusal:
        cause = refusal.__cause__
        give_up(f"the database: {_reason(cause)}" if isinstance(cause, SQLAlchemyError) else refusal.detail)
    except OSError as error:
        give_up(f"{error.filename or 'the disk'}: {error.strerror}")
    except SQLAlchemyError as error:
        give_up(f"the database: {_reason(error)}")


def _print_warning(line: str) -> None:
    click.echo(f"notifier: warning: {line}", err=True)


@contextmanager
def _silent(log: logging.Logger) -> Iterator[None]:
    """Log nothing: what goes wrong is printed once, as the reason why a command ends."""
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)


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
    reason = found.strip().partition("\n")[0]
    if reason == "unable to open database file":
        reason += ": its directory is read-only, or not open to this user"
    return reason
