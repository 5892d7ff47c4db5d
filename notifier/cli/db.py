"""Commands for the database: upgrade, check, renew the epoch."""

from __future__ import annotations

import sys

import click

from notifier.cli.application import application
from notifier.cli.exits import REFUSED, give_up


@click.group()
def db() -> None:
    """Upgrade and check the database."""


@db.command()
def upgrade() -> None:
    """Upgrade the database to this version's tables. Data is kept."""
    from notifier.services.maintenance import schema

    with application():
        schema.upgrade()


@db.command()
def check() -> None:
    """Compare the counters of all inboxes with their notifications. Exit code 1 when they differ."""
    from notifier.services.maintenance import consistency, schema

    with application():
        if problem := schema.problem():
            give_up(f"The database is {problem}")
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
