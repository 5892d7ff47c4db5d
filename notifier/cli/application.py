"""For commands that work on the database itself: the application, and what it refuses, in a line."""

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
    """The application, made unless there is one, in whose context the command works. What it refuses is said in a line."""
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
    """Bring a SQLite database to this version's tables. Exit when another database needs `notifier db upgrade`."""
    from notifier.services.maintenance import schema

    if app.config["DATABASE_URL"].startswith("sqlite"):
        schema.upgrade()
    elif problem := schema.problem():
        give_up(f"The database is {problem}")


def give_up(reason: str) -> NoReturn:
    click.echo(f"notifier: {reason}", err=True)
    sys.exit(REFUSED)
