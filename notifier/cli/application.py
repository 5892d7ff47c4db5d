"""The application, for commands that work on the database itself.

Errors become one line and an exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from flask import Flask

from notifier import create_app
from notifier.config import SettingError
from notifier.errors import Refused

REFUSED, WRONG_USAGE, NOT_REACHED = 1, 2, 3


@contextmanager
def application(app: Flask | None = None) -> Iterator[Flask]:
    """Enter the context of `app`, or of a new application.

    Print what it refuses in one line, and exit.
    """
    try:
        app = app or create_app()
        with app.app_context():
            yield app
    except SettingError as error:
        click.echo(f"notifier: {error}", err=True)
        sys.exit(WRONG_USAGE)
    except Refused as refusal:
        give_up(refusal.detail)


def prepare_database(app: Flask) -> None:
    """Upgrade a SQLite database to this version's tables.

    Exit when a database of another kind needs `notifier db upgrade`.
    """
    from notifier.services.maintenance import schema

    if app.config["DATABASE_URL"].startswith("sqlite"):
        schema.upgrade()
    elif problem := schema.problem():
        give_up(f"The database is {problem}")


def give_up(reason: str) -> NoReturn:
    """Print `reason` and exit with code 1."""
    click.echo(f"notifier: {reason}", err=True)
    sys.exit(REFUSED)
