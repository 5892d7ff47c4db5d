"""Commands for API keys."""

from __future__ import annotations

import click

from notifier.cli.application import application


@click.group()
def key() -> None:
    """Create, list, rotate and revoke API keys for programs."""


@key.command("create")
@click.argument("name")
@click.option("--user", "user_name", help="the user whose inbox it reads")
@click.option("--scope", default="send", show_default=True, help="send, read or send,read")
def create_key(name: str, user_name: str | None, scope: str) -> None:
    """Create a key called NAME and print it. It is not shown again."""
    from notifier.services.accounts import api_keys

    with application():
        click.echo(api_keys.create(name, user=user_name, scopes=[each.strip() for each in scope.split(",")]))


@key.command("list")
def list_keys() -> None:
    """List the keys: id, prefix, scopes, last use and name."""
    from notifier.services.accounts import api_keys

    with application():
        for row in api_keys.listing():
            used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            click.echo(f"{row.public_id} {api_keys.MARK}{row.prefix}… {row.scopes} {used} {row.name}")


@key.command("rotate")
@click.argument("key_id", metavar="ID")
def rotate_key(key_id: str) -> None:
    """Replace the secret of the key ID and print the new key.

    It is not shown again; the old one is revoked.
    """
    from notifier.services.accounts import api_keys

    with application():
        click.echo(api_keys.rotate(key_id))


@key.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke_key(key_id: str) -> None:
    """Revoke the key ID and end its streams."""
    from notifier.services.accounts import api_keys

    with application():
        api_keys.revoke(key_id)
