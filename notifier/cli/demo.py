"""Sample data for working on the pages."""

from __future__ import annotations

from pathlib import Path

import click

from notifier.cli.application import application, prepare_database
from notifier.cli.exits import give_up


@click.command()
@click.option("--people", default=20, show_default=True, type=click.IntRange(1, 5000), help="demo users there are afterwards")
@click.option("--notifications", default=100, show_default=True, type=click.IntRange(0, 50_000), help="messages to send them")
@click.option("--sessions", default=0, show_default=True, type=click.IntRange(0, 1000), help="sessions to create")
@click.option("--force", is_flag=True, help="also in a database with other users")
def demo(people: int, notifications: int, sessions: int, force: bool) -> None:
    """Fill the database with demo people, notifications and sessions, for working on the pages.

    The first of them, alice, gets every message. Passwords are in instance/demo.txt. Run again to add more.
    """
    from notifier import demo as samples
    from notifier.demo.people import has_others

    with application() as app:
        prepare_database(app)
        file = Path(app.instance_path) / "demo.txt"
        if not force and has_others(file):
            give_up("The database has users that are not demo people. Use an empty database, or add --force.")
        samples.fill(file, count=people, notifications=notifications, running=sessions)
    click.echo(f"Sent {notifications} messages and created {sessions} sessions. Names and passwords are in {file}.")
