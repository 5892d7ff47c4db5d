"""Commands for groups."""

from __future__ import annotations

import click

from notifier.cli.application import application

_PAGE_SIZE = 500


@click.group()
def group() -> None:
    """Create and list groups, add and remove members."""


@group.command("create")
@click.argument("name")
@click.option("--managed", is_flag=True, help="the tokens of your application say who is in it")
def create_group(name: str, managed: bool) -> None:
    """Create the group NAME."""
    from notifier.services.accounts import groups

    with application():
        groups.create(name, managed=managed)


@group.command("add")
@click.argument("group_name", metavar="GROUP")
@click.argument("user_name", metavar="USER")
@click.option("--manager", is_flag=True, help="may watch the sessions of the group's members")
def add_to_group(group_name: str, user_name: str, manager: bool) -> None:
    """Add USER to GROUP."""
    from notifier.services.accounts import groups

    with application():
        groups.add(group_name, user_name, manager=manager)


@group.command("remove")
@click.argument("group_name", metavar="GROUP")
@click.argument("user_name", metavar="USER")
def remove_from_group(group_name: str, user_name: str) -> None:
    """Remove USER from GROUP."""
    from notifier.services.accounts import groups

    with application():
        groups.remove(group_name, user_name)


@group.command("list")
@click.argument("group_name", metavar="[GROUP]", required=False)
def list_groups(group_name: str | None) -> None:
    """List the groups with the number of their members, or the members of GROUP."""
    from notifier.services.accounts import directory

    with application():
        if group_name is None:
            for row in directory.every(lambda after: directory.groups(limit=_PAGE_SIZE, after=after)):
                click.echo(f"{row.name} {row.members}")
            return
        found = directory.group(group_name)
        for row in directory.every(lambda after: directory.members(found.id, limit=_PAGE_SIZE, after=after)):
            click.echo(row.name + (" manager" if row.manager else ""))
