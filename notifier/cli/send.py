"""Sending, and listening, through a server: the commands that any program could do as well."""

from __future__ import annotations

import json

import click

from notifier.cli.server import answering, client, which_server
from notifier.client import Event


@click.command()
@click.option("--to", default="all", show_default=True, help="user:NAME, group:NAME, role:NAME or all; a bare name is a user")
@click.option("--title")
@click.option("--type", "type_", default="info", show_default=True)
@which_server
@click.argument("text")
def push(to: str, title: str | None, type_: str, port: int | None, url: str | None, text: str) -> None:
    """Send TEXT."""
    from notifier.services.accounts import tokens

    audience = to if to == "all" or ":" in to else f"user:{to}"
    fields = {"type": type_} | ({"title": title} if title else {})
    with answering(), client(port, url, tokens.local_token) as server:
        sent = server.push(audience, text, **fields)
    people = sent["recipients"]
    click.echo(f"{sent['id']} to {people} {'person' if people == 1 else 'people'}")


@click.command()
@click.option("--user", help="whose stream; on the server's machine anybody's")
@click.option("--json", "as_json", is_flag=True, help="print events as they come, one JSON object a line")
@which_server
def listen(user: str | None, as_json: bool, port: int | None, url: str | None) -> None:
    """Print a user's stream as it comes. Reconnects, and misses nothing."""
    from notifier.services.accounts import tokens, users

    def own_token() -> str:
        if user is None:
            raise click.UsageError("on the server's machine, say whose stream: --user NAME")
        return tokens.access_token(users.by_name(user))

    with answering(), client(port, url, own_token) as server:
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
