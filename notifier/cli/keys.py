"""Commands for API keys."""

from __future__ import annotations

from typing import Any

import click

from notifier.cli.application import application


@click.group()
def key() -> None:
    """Create, list, rotate and revoke API keys for programs."""


@key.command("create")
@click.argument("name")
@click.option("--user", "user_name", help="the user whose inbox it reads")
@click.option("--scope", default="send", show_default=True, help="send, read, people, or several with commas")
@click.option("--audience", multiple=True, metavar="TERM", help="only to this term, such as group:staff; may be repeated")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="only this type; may be repeated")
def create_key(name: str, user_name: str | None, scope: str, audience: tuple[str, ...], types: tuple[str, ...]) -> None:
    """Create a key called NAME and print it. It is not shown again."""
    from notifier.services.accounts import api_keys

    with application():
        scopes = [each.strip() for each in scope.split(",")]
        click.echo(api_keys.create(name, user=user_name, scopes=scopes, audience=audience, types=types))


def narrowed(row: Any) -> str:
    parts = [f" {label} {', '.join(words)}" for label, words in (("only to", row.audience), ("only", row.types)) if words]
    return "".join(parts)


@key.command("list")
def list_keys() -> None:
    """List the keys: id, prefix, scopes, last use, name, and what a narrowed one may send."""
    from notifier.services.accounts import api_keys

    with application():
        for row in api_keys.listing():
            used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            click.echo(f"{row.public_id} {api_keys.KEY_PREFIX}{row.prefix}… {row.scopes} {used} {row.name}" + narrowed(row))


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
