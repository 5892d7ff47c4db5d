"""Commands that send and listen through a running server, as any program can by the API."""

from __future__ import annotations

import json

import click

from notifier.cli.server import client, errors_in_one_line, server_options
from notifier.client import Event


@click.command()
@click.option("--to", default="all", show_default=True, help="user:NAME, group:NAME, role:NAME or all; a bare name is a user")
@click.option("--title")
@click.option("--type", "type_", default="info", show_default=True)
@server_options
@click.argument("text")
def push(to: str, title: str | None, type_: str, port: int | None, url: str | None, text: str) -> None:
    """Send a notification with TEXT."""
    from notifier.services.accounts import tokens

    audience = to if to == "all" or ":" in to else f"user:{to}"
    fields = {"type": type_} | ({"title": title} if title else {})
    with errors_in_one_line(), client(port, url, tokens.local_token) as server:
        sent = server.push(audience, text, **fields)
    people = sent["recipients"]
    click.echo(f"{sent['id']} to {people} {'person' if people == 1 else 'people'}")


@click.command()
@click.option("--user", help="the user whose stream to print, on the server's machine; elsewhere the key's user")
@click.option("--json", "as_json", is_flag=True, help="print all events, one JSON object a line")
@server_options
def listen(user: str | None, as_json: bool, port: int | None, url: str | None) -> None:
    """Print a user's notifications as they arrive. Reconnects with its cursor, so none is missed."""
    from notifier.services.accounts import tokens, users

    def own_token() -> str:
        if user is None:
            raise click.UsageError("--user NAME is needed on the server's machine")
        return tokens.access_token(users.by_name(user))

    with errors_in_one_line(), client(port, url, own_token) as server:
        for event in server.listen():
            _print(event, as_json)


def _print(event: Event, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"event": event.name, "id": event.id, "data": event.data}, ensure_ascii=False))
    elif event.name == "notification":
        data = event.data
        text = "" if data["message"] == data["title"] else f": {data['message']}"
        click.echo(f"{data['created_at']} [{data['type']}] {data['title']}{text}")
    elif event.name == "connected":
        click.echo(f"Listening. {event.data['unread_count']} unread.", err=True)
