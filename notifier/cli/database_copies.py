"""Copies of the whole database: a backup in a file, or another database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import func, select

from notifier import create_app
from notifier.cli.exits import give_up
from notifier.environment import SettingError
from notifier.extensions import db
from notifier.models import Notification, User
from notifier.models.installation import new_epoch
from notifier.services.maintenance import consistency, copying, schema


def back_up(app: Flask, file: Path) -> str:
    """Write a backup of the database of `app`, in whose context this is called. Return what it holds.

    It appears under its name when it is whole. Its epoch is its own, so that after a restore clients load their lists again.
    """
    if file.exists():
        give_up(f"{file} exists already: choose another name, or remove it")
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.touch(mode=0o600)
    try:
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.connection.cursor().execute("VACUUM INTO ?", (str(part),))
        else:
            copy_to(app, f"sqlite:///{part.resolve()}")
        held = _finish(part)
        os.link(part, file)
    finally:
        for leftover in (part, Path(f"{part}-wal"), Path(f"{part}-shm")):
            leftover.unlink(missing_ok=True)
    return held


def copy_to(app: Flask, url: str) -> str:
    """Copy the database of `app` to the empty one at `url`, and check the copy. Return what it holds."""
    with copying.snapshot(db.engine) as source:
        try:
            target_app = create_app({"DATABASE_URL": url, "SECRET_KEY": app.config["SECRET_KEY"], "REDIS_URL": ""})
        except SettingError as error:
            raise click.UsageError(f"--to: {error}") from None
        with target_app.app_context():
            try:
                schema.upgrade()
                with db.engine.begin() as target:
                    counts = copying.copy(source, target)
                    if copying.is_served(source):
                        copying.begin_epoch(target)
                    wrong = copying.differences(target, counts)
                wrong += consistency.problems()
                if wrong:
                    give_up(f"the copy is not as it should be: {'; '.join(wrong)}")
                return _described()
            except copying.NotEmpty:
                give_up("the database to copy to is not empty")
            finally:
                db.engine.dispose()


def _described() -> str:
    with db.engine.connect() as connection:
        users, notifications = (connection.scalar(select(func.count()).select_from(model)) for model in (User, Notification))
    return f"{users} users and {notifications} notifications"


def _finish(file: Path) -> str:
    """Make the backup one file, check it, and give it an epoch."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("UPDATE installation SET epoch = ?", (new_epoch(),))
        connection.commit()
        if (found := connection.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            give_up(f"the backup is damaged: {found[0]}")
        users, notifications = (connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("users", "notifications"))
    return f"{users} users and {notifications} notifications"
