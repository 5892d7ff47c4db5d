"""Send and listen through a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from notifier.cli.api_client import client, errors_in_one_line, server_options
from notifier.cli.text import from_stdin
from notifier.client import Event

if TYPE_CHECKING:
    from flask import Flask


@click.command()
@click.option("--to", default="all", show_default=True, help="user:NAME, group:NAME, role:NAME or all; a bare name is a user")
@click.option("--title")
@click.option("--type", "type_", default="info", show_default=True)
@server_options
@click.argument("text")
def push(to: str, title: str | None, type_: str, port: int | None, url: str | None, text: str) -> None:
    """Send TEXT; `-` reads it from standard input."""
    if text == "-":
        text = from_stdin().strip("\r\n")
        if not text.strip():
            raise click.UsageError("standard input is empty: there is nothing to send")
    audience = to if to == "all" or ":" in to else f"user:{to}"
    fields = {"type": type_} | ({"title": title} if title else {})
    with errors_in_one_line(), client(port, url) as server:
        sent = server.push(audience, text, **fields)
    people = sent["recipients"]
    click.echo(f"{sent['id']} to {people} {'person' if people == 1 else 'people'}")


@click.command()
@click.option("--user", help="the user whose stream it is; needed on the server's machine")
@click.option("--json", "as_json", is_flag=True, help="print events as they come, one JSON object a line")
@server_options
def listen(user: str | None, as_json: bool, port: int | None, url: str | None) -> None:
    """Print a user's stream as it comes. Reconnects, and misses nothing."""
    with errors_in_one_line(), client(port, url, _token_of(user)) as server:
        for event in server.listen():
            _print(event, as_json)


def _token_of(user: str | None) -> Callable[[], str]:
    """Return a function that creates an access token. Works on the server's machine only."""
    app: Flask | None = None

    def fresh() -> str:
        nonlocal app
        if user is None:
            raise click.UsageError("on the server's machine, name the user whose stream it is: --user NAME")
        # Imported here: with a key neither the application nor its database is needed.
        from notifier.cli.application import application
        from notifier.services.accounts import tokens, users

        known = app
        with application(lambda: known) if known else application() as app:
            return tokens.access_token(users.by_name(user))

    return fresh


def _print(event: Event, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"event": event.name, "id": event.id, "data": event.data}, ensure_ascii=False))
    elif event.name == "notification":
        data = event.data
        text = "" if data["message"] in ("", data["title"]) else f": {data['message']}"
        click.echo(f"{data['created_at']} [{data['type']}] {data['title']}{text}")
    elif event.name == "connected":
        click.echo(f"Listening. {event.data['unread_count']} unread.", err=True)
