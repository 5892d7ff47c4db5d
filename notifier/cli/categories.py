"""Commands for categories of notifications."""

from __future__ import annotations

from typing import Any

import click

from notifier.cli.application import application

_FIELDS = (
    click.option("--label", help="the name that users see"),
    click.option("--description", help="what it is about, for users"),
    click.option("--type", "types", multiple=True, help='a type such as video_complete, or "video.*"; may be repeated'),
    click.option("--locked/--unlocked", default=None, help="users cannot turn it off or mute it"),
    click.option("--in-app", type=click.Choice(["on", "quiet", "off"]), help="the default in the app"),
    click.option("--email", type=click.Choice(["off", "at_once", "unread", "hourly", "daily", "weekly"]), help="the default of e-mail"),
    click.option("--push", type=click.Choice(["on", "off"]), help="the default of push"),
    click.option("--wait-minutes", type=int, help="how long an e-mail waits for the notification to be read"),
    click.option("--loud-per-hour", type=int, help="over this number a user's next ones are quiet"),
    click.option("--keep-days", type=int, help="days after which its notifications are deleted"),
    click.option("--place", type=int, help="the order on pages, 0 first"),
)


def _fields(command: Any) -> Any:
    """Add an option for each field of a category."""
    for option in reversed(_FIELDS):
        command = option(command)
    return command


@click.group()
def category() -> None:
    """Create, change, list and retire categories of notifications."""


@category.command("create")
@click.argument("slug")
@_fields
def create_category(slug: str, **fields: Any) -> None:
    """Create the category SLUG."""
    from notifier.services.preferences import category_admin

    with application():
        given = _given(fields)
        category_admin.create(category_admin.draft({"slug": slug, "label": slug.replace("-", " ").replace("_", " ").capitalize()} | given))


@category.command("update")
@click.argument("slug")
@_fields
def update_category(slug: str, **fields: Any) -> None:
    """Change the given fields of the category SLUG. Types given replace those it had."""
    from notifier.services.preferences import category_admin

    with application():
        category_admin.change(slug, _given(fields))


@category.command("list")
def list_categories() -> None:
    """List the categories: slug, defaults, types and label."""
    from notifier.services.preferences import category_admin

    with application():
        for row in category_admin.listing():
            locked = " locked" if row.locked else ""
            types = ",".join(row.types) or "-"
            click.echo(f"{row.slug} in_app={row.in_app} email={row.email} push={row.push}{locked} {types} {row.label}")


@category.command("retire")
@click.argument("slug")
def retire_category(slug: str) -> None:
    """Retire the category SLUG: it takes no more messages."""
    from notifier.services.preferences import category_admin

    with application():
        category_admin.retire(slug)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in fields.items() if value is not None and value != ()}
