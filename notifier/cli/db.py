"""Commands for the database: upgrade, check, back up, copy, renew the epoch."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from notifier.cli.application import application
from notifier.cli.exits import REFUSED, give_up


@click.group()
def db() -> None:
    """Upgrade, check, back up and copy the database."""


@db.command()
def upgrade() -> None:
    """Upgrade the database to this version's tables. Data is kept."""
    from notifier.services.maintenance import schema

    with application():
        schema.upgrade()


@db.command()
def check() -> None:
    """Compare the counters of all inboxes with their notifications. Exit code 1 when they differ."""
    from notifier.services.maintenance import consistency

    with application():
        _require_schema()
        wrong = consistency.problems()
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        sys.exit(REFUSED)
    click.echo("All inboxes agree with their notifications.")


@db.command("renew-epoch")
def renew_epoch() -> None:
    """After a restore from a backup: make all clients load their lists again."""
    from notifier.services.maintenance import consistency

    with application():
        click.echo(f"The epoch is now {consistency.renew_epoch()}.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write a copy of the database to FILE while servers go on.

    FILE is a SQLite database, whatever the source is. To restore it, put it in the place of a SQLite database, or copy it:
    NOTIFIER_DATABASE_URL=sqlite:///FILE notifier db copy --to URL. Clients then load their lists again.
    """
    from notifier.cli import database_copies

    started = time.monotonic()
    with application() as app:
        _require_schema()
        rows = database_copies.back_up(app, file)
    click.echo(f"{file}: {rows} in {time.monotonic() - started:.1f} s")


@db.command("copy")
@click.option("--to", "url", required=True, help="the address of an empty database: sqlite:///FILE or postgresql+psycopg://…")
def copy_database(url: str) -> None:
    """Copy the database to the empty one at URL, which may be of the other kind, and check the copy.

    Stop the servers first: clients then go on where they were. From a database in use the state of this moment is copied, and clients
    load their lists again.
    """
    from notifier.cli import database_copies

    started = time.monotonic()
    with application() as app:
        _require_schema()
        rows = database_copies.copy_to(app, url)
    click.echo(f"Copied {rows} in {time.monotonic() - started:.1f} s; the copy is checked.")


def _require_schema() -> None:
    from notifier.services.maintenance import schema

    if problem := schema.problem():
        give_up(f"The database is {problem}")
