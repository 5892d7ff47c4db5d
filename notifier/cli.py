"""The command `notifier`. Exit codes: 0 done, 1 refused, 2 wrong usage, 3 server not reached."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask

from notifier import __version__, create_app
from notifier.client import Client, Event, NotReached, RefusedByServer
from notifier.config import SettingError
from notifier.errors import Refused
from notifier.models.user import Role

_REFUSED, _NOT_REACHED = 1, 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Real-time in-app notifications for server-rendered web applications."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
def serve(host: str, port: int, workers: int) -> None:
    """Serve. An empty or older SQLite database is brought up to date first."""
    from notifier.app import ROOT

    with _application() as app:
        _make_ready(app)
        counts = Path(app.instance_path) / "metrics" / str(port)
    shutil.rmtree(counts, ignore_errors=True)
    counts.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    click.echo(f"notifier {__version__} on http://{bind}", err=True)
    options = ["--config", str(ROOT / "gunicorn.conf.py"), "--bind", bind, "--workers", str(workers)]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options, "notifier:create_app()"])


def _make_ready(app: Flask) -> None:
    from notifier import demo
    from notifier.services import accounts, schema

    if app.config["DATABASE_URL"].startswith("sqlite"):
        schema.upgrade()
    elif trouble := schema.trouble():
        _give_up(f"The database is {trouble}")
    if app.config["DEMO"] and accounts.count() == 0:
        click.echo(demo.populate(Path(app.instance_path) / "demo.txt"), nl=False)


@main.command()
@click.option("--to", default="all", show_default=True, help="user:NAME, group:NAME, role:NAME or all; a bare name is a user")
@click.option("--title")
@click.option("--type", "type_", default="info", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), help="of a server on this machine  [default: 8000]")
@click.option("--url", help="of a server elsewhere; needs NOTIFIER_API_KEY")
@click.argument("text")
def push(to: str, title: str | None, type_: str, port: int | None, url: str | None, text: str) -> None:
    """Send TEXT."""
    from notifier.services import tokens

    audience = to if to == "all" or ":" in to else f"user:{to}"
    fields = {"type": type_} | ({"title": title} if title else {})
    with _server_answers(), _client(port, url, tokens.local_token) as client:
        sent = client.push(audience, text, **fields)
    people = sent["recipients"]
    click.echo(f"{sent['id']} to {people} {'person' if people == 1 else 'people'}")


@main.command()
@click.option("--user", help="whose stream; on the server's machine anybody's")
@click.option("--json", "as_json", is_flag=True, help="print events as they come, one JSON object a line")
@click.option("--port", type=click.IntRange(1, 65535), help="of a server on this machine  [default: 8000]")
@click.option("--url", help="of a server elsewhere; needs NOTIFIER_API_KEY")
def listen(user: str | None, as_json: bool, port: int | None, url: str | None) -> None:
    """Print a user's stream as it comes. Reconnects, and misses nothing."""
    from notifier.services import accounts, tokens

    def own_token() -> str:
        if user is None:
            raise click.UsageError("on the server's machine, say whose stream: --user NAME")
        return tokens.access_token(accounts.by_name(user))

    with _server_answers(), _client(port, url, own_token) as client:
        for event in client.listen():
            _print(event, as_json)


def _print(event: Event, as_json: bool) -> None:
    import json

    if as_json:
        click.echo(json.dumps({"event": event.name, "id": event.id, "data": event.data}, ensure_ascii=False))
    elif event.name == "notification":
        data = event.data
        text = "" if data["message"] == data["title"] else f": {data['message']}"
        click.echo(f"{data['created_at']} [{data['type']}] {data['title']}{text}")
    elif event.name == "connected":
        click.echo(f"Listening. {event.data['unread_count']} unread.", err=True)


@main.group()
def user() -> None:
    """Make people."""


@user.command("create")
@click.argument("name")
@click.option("--admin", "role", flag_value=Role.ADMIN.value, help="may send and steer")
@click.option("--sender", "role", flag_value=Role.SENDER.value, help="may send")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
def create_user(name: str, role: str | None, password_stdin: bool) -> None:
    """Make the user NAME."""
    from notifier.services import accounts

    password = sys.stdin.readline().rstrip("\n") if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with _application():
        account = accounts.create_user(name, password, role or Role.USER)
    click.echo(f"{account.name} {account.public_id}")


@main.group()
def group() -> None:
    """Make groups."""


@group.command("create")
@click.argument("name")
def create_group(name: str) -> None:
    """Make the group NAME."""
    from notifier.services import groups

    with _application():
        groups.create(name)


@group.command("add")
@click.argument("group_name", metavar="GROUP")
@click.argument("user_name", metavar="USER")
@click.option("--manager", is_flag=True, help="may watch the sessions of the group's members")
def add_to_group(group_name: str, user_name: str, manager: bool) -> None:
    """Make USER a member of GROUP."""
    from notifier.services import groups

    with _application():
        groups.add(group_name, user_name, manager=manager)


@user.command("disable")
@click.argument("name")
def disable_user(name: str) -> None:
    """Shut NAME out: their tokens and streams end at once."""
    from notifier.services import accounts

    with _application():
        accounts.set_disabled(name, True)


@user.command("enable")
@click.argument("name")
def enable_user(name: str) -> None:
    """Let NAME in again."""
    from notifier.services import accounts

    with _application():
        accounts.set_disabled(name, False)


@main.group()
def key() -> None:
    """Make keys for programs."""


@key.command("create")
@click.argument("name")
@click.option("--user", "user_name", help="whose inbox it reads")
@click.option("--scope", default="send", show_default=True, help="send, read or send,read")
def create_key(name: str, user_name: str | None, scope: str) -> None:
    """Make a key called NAME and print it, this once."""
    from notifier.services import api_keys

    with _application():
        click.echo(api_keys.create(name, user=user_name, scopes=[word.strip() for word in scope.split(",")]))


@key.command("list")
def list_keys() -> None:
    """List the keys: id, prefix, scopes, last use and name."""
    from notifier.services import api_keys

    with _application():
        for row in api_keys.listing():
            used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            click.echo(f"{row.public_id} {api_keys.MARK}{row.prefix}… {row.scopes} {used} {row.name}")


@key.command("rotate")
@click.argument("key_id", metavar="ID")
def rotate_key(key_id: str) -> None:
    """Give the key ID a new secret and print it, this once. The old one ends."""
    from notifier.services import api_keys

    with _application():
        click.echo(api_keys.rotate(key_id))


@key.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke_key(key_id: str) -> None:
    """End the key ID, and the streams it opened."""
    from notifier.services import api_keys

    with _application():
        api_keys.revoke(key_id)


@main.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version's tables. What it holds stays."""
    from notifier.services import schema

    with _application():
        schema.upgrade()


@db.command()
def check() -> None:
    """Compare what the inboxes say with what they hold. Exit code 1 when they differ."""
    from notifier.services import checks, schema

    with _application():
        wrong = [f"The database is {trouble}"] if (trouble := schema.trouble()) else checks.problems()
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        sys.exit(_REFUSED)
    click.echo("All inboxes agree with their notifications.")


@db.command("renew-epoch")
def renew_epoch() -> None:
    """After a restore from a backup: make all clients load their lists anew."""
    from notifier.services import checks

    with _application():
        click.echo(f"The epoch is now {checks.renew_epoch()}.")


@contextmanager
def _application() -> Iterator[Flask]:
    """The application, in whose context the command works. What it refuses is said in a line."""
    try:
        app = create_app()
        with app.app_context():
            yield app
    except SettingError as error:
        click.echo(f"notifier: {error}", err=True)
        sys.exit(2)
    except Refused as refusal:
        _give_up(refusal.detail)


@contextmanager
def _server_answers() -> Iterator[None]:
    try:
        yield
    except RefusedByServer as refusal:
        _give_up(str(refusal))
    except NotReached as error:
        click.echo(f"notifier: the server was not reached ({error}). Is `notifier serve` running?", err=True)
        sys.exit(_NOT_REACHED)
    except KeyboardInterrupt:
        sys.exit(130)


def _client(port: int | None, url: str | None, own_token: Any) -> Client:
    """With the key from the environment, or on the server's machine with a token signed for the moment."""
    if port and url:
        raise click.UsageError("--port and --url exclude each other")
    address = url or f"http://127.0.0.1:{port or 8000}"
    if key := os.environ.get("NOTIFIER_API_KEY"):
        return Client(address, key)
    if url:
        raise click.UsageError("--url needs a key in NOTIFIER_API_KEY")

    def fresh() -> str:
        with _application():
            return str(own_token())

    return Client(address, fresh)


def _give_up(reason: str) -> None:
    click.echo(f"notifier: {reason}", err=True)
    sys.exit(_REFUSED)
