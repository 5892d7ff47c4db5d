"""Commands for users."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from notifier.cli.application import application
from notifier.cli.exits import give_up
from notifier.cli.text import line_from_stdin
from notifier.models.user import Role

_PAGE_SIZE = 500
_ROLES = [role.value for role in Role]


@click.group()
def user() -> None:
    """Create, import, list, change and delete users."""


@user.command("create")
@click.argument("name")
@click.option("--admin", "role", flag_value=Role.ADMIN.value, help="may send and administer")
@click.option("--sender", "role", flag_value=Role.SENDER.value, help="may send")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
@click.option("--email", metavar="ADDRESS", help="where e-mail goes; counts as confirmed")
def create_user(name: str, role: str | None, password_stdin: bool, email: str | None) -> None:
    """Create the user NAME."""
    from notifier.services.accounts import addresses, look_alikes, users

    password = _password(password_stdin)
    with application():
        address = addresses.valid(email) if email else ""
        account = users.create_user(name, password, role or Role.USER)
        if address:
            addresses.set_confirmed(account.id, account.name, address)
        alike = look_alikes.of(account.name)
    click.echo(f"{account.name} {account.public_id}")
    if alike:
        click.echo(f"notifier: this name looks like {', '.join(alike)}", err=True)


@user.command("update")
@click.argument("name")
@click.option("--email", metavar="ADDRESS", required=True, help='where e-mail goes; counts as confirmed; "" removes it')
def update_user(name: str, email: str) -> None:
    """Change the e-mail address of NAME."""
    from notifier.services.accounts import addresses, users

    with application():
        account = users.by_name(name)
        addresses.set_confirmed(account.id, account.name, email)


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


@user.command("list")
@click.option("--role", type=click.Choice(_ROLES), help="only users of this role")
def list_users(role: str | None) -> None:
    """List the users, by name: name, role, id, and whether they are disabled."""
    from notifier.services.accounts import directory

    with application():
        for row in directory.every(lambda after: directory.people(role=role or "", limit=_PAGE_SIZE, after=after)):
            click.echo(f"{row.name} {row.role} {row.public_id}" + (" disabled" if row.disabled_at else ""))


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(_ROLES))
def change_role(name: str, role: str) -> None:
    """Give NAME another ROLE: a user receives, a sender sends too, an admin administers."""
    from notifier.services.accounts import users

    with application():
        users.set_role(users.by_name(name), role)


@user.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
def change_password(name: str, password_stdin: bool) -> None:
    """Give NAME another password, which ends all of their sign-ins."""
    from notifier.services.accounts import password_changes, users

    password = _password(password_stdin)
    with application():
        password_changes.set_password(users.by_name(name), password)


@user.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_users(file: Path) -> None:
    """Create or change the users in FILE, a .csv or an .ndjson.

    Columns or fields: name, subject, email, locale, time_zone, groups (in a .csv with ; between them).
    """
    from notifier.services.accounts import importing, people_files

    with application():
        imported = importing.import_people(people_files.read(file.read_bytes(), file.name), spare_admins=False)
    click.echo(f"{imported.created} created, {imported.updated} updated")
    for number, detail in imported.failed:
        click.echo(f"line {number}: {detail}", err=True)
    if imported.failed:
        give_up(f"{len(imported.failed)} lines were not imported")


@user.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="do not ask, also on a terminal")
def delete_user(name: str, yes: bool) -> None:
    """Delete NAME with their inbox, keys and sessions. What they sent stays, under "deleted user"."""
    from notifier.services.accounts import deletion, users

    with application():
        account = users.by_name(name)
        if not yes and sys.stdin.isatty():
            click.confirm(f"Delete {account.name} with all of their notifications?", abort=True, err=True)
        deletion.delete_user(account)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return line_from_stdin()
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask for a password on: give it on standard input, with --password-stdin")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
