"""For commands that talk to a running server: which one, and in whose name."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from flask import Flask

from notifier.cli.application import NOT_REACHED, application, give_up
from notifier.client import Client, NotReached, RefusedByServer

Command = TypeVar("Command", bound=Callable[..., Any])


def which_server(command: Command) -> Command:
    """The options that say which one. They exclude each other."""
    command = click.option("--url", help="of a server elsewhere; needs NOTIFIER_API_KEY")(command)
    return click.option("--port", type=click.IntRange(1, 65535), help="of a server on this machine  [default: 8000]")(command)


def client(port: int | None, url: str | None, own_token: Callable[[], str]) -> Client:
    """With the key from the environment, or on the server's machine with tokens signed for the moment by `own_token`."""
    if port and url:
        raise click.UsageError("--port and --url exclude each other")
    address = url or f"http://127.0.0.1:{port or 8000}"
    if key := _key():
        return Client(address, key)
    if url:
        raise click.UsageError("--url needs a key in NOTIFIER_API_KEY")
    app: Flask | None = None

    def fresh() -> str:
        nonlocal app
        with application(app) as app:
            return own_token()

    return Client(address, fresh)


def on_its_machine(url: str | None) -> bool:
    """Whether the command speaks with the server's own secret, and not with somebody's key."""
    return url is None and _key() is None


def _key() -> str | None:
    return os.environ.get("NOTIFIER_API_KEY") or None


@contextmanager
def answering() -> Iterator[None]:
    """What the server says no to, and that it says nothing at all, is told in a line."""
    try:
        yield
    except RefusedByServer as refusal:
        give_up(str(refusal))
    except NotReached as error:
        click.echo(f"notifier: the server was not reached ({error}). Is `notifier serve` running?", err=True)
        sys.exit(NOT_REACHED)
    except KeyboardInterrupt:
        sys.exit(130)
