"""Looking after the database."""

from __future__ import annotations

import sys

import click

from notifier.cli.application import REFUSED, application


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version's tables. What it holds stays."""
    from notifier.services.maintenance import schema

    with application():
        schema.upgrade()


@db.command()
def check() -> None:
    """Compare what the inboxes say with what they hold. Exit code 1 when they differ."""
    from notifier.services.maintenance import consistency, schema

    with application():
        wrong = [f"The database is {problem}"] if (problem := schema.problem()) else consistency.problems()
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        sys.exit(REFUSED)
    click.echo("All inboxes agree with their notifications.")


@db.command("renew-epoch")
def renew_epoch() -> None:
    """After a restore from a backup: make all clients load their lists anew."""
    from notifier.services.maintenance import consistency

    with application():
        click.echo(f"The epoch is now {consistency.renew_epoch()}.")
