"""Commands for users and groups."""

from __future__ import annotations

import sys

import click

from notifier.cli.application import application
from notifier.cli.text import line_from_stdin
from notifier.models.user import Role


@click.group()
def user() -> None:
    """Create, disable and enable users."""


@user.command("create")
@click.argument("name")
@click.option("--admin", "role", flag_value=Role.ADMIN.value, help="may send and administer")
@click.option("--sender", "role", flag_value=Role.SENDER.value, help="may send")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
def create_user(name: str, role: str | None, password_stdin: bool) -> None:
    """Create the user NAME."""
    from notifier.services.accounts import users

    if not password_stdin and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask for a password on: give it on standard input, with --password-stdin")
    password = line_from_stdin() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with application():
        account = users.create_user(name, password, role or Role.USER)
    click.echo(f"{account.name} {account.public_id}")


@user.command("disable")
@click.argument("name")
def disable_user(name: str) -> None:
    """Disable NAME: their tokens and streams end at once."""
    from notifier.services.accounts import users

    with application():
        users.set_disabled(name, True)


@user.command("enable")
@click.argument("name")
def enable_user(name: str) -> None:
    """Enable NAME again."""
    from notifier.services.accounts import users

    with application():
        users.set_disabled(name, False)


@click.group()
def group() -> None:
    """Create groups and add members."""


@group.command("create")
@click.argument("name")
def create_group(name: str) -> None:
    """Create the group NAME."""
    from notifier.services.accounts import groups

    with application():
        groups.create(name)


@group.command("add")
@click.argument("group_name", metavar="GROUP")
@click.argument("user_name", metavar="USER")
@click.option("--manager", is_flag=True, help="may watch the sessions of the group's members")
def add_to_group(group_name: str, user_name: str, manager: bool) -> None:
    """Add USER to GROUP."""
    from notifier.services.accounts import groups

    with application():
        groups.add(group_name, user_name, manager=manager)
