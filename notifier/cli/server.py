"""For commands that talk to a running server: its address and the token to use."""

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


def server_options(command: Command) -> Command:
    """Add the options `--port` and `--url`, which exclude each other."""
    command = click.option("--url", help="address of a server elsewhere; needs NOTIFIER_API_KEY")(command)
    return click.option("--port", type=click.IntRange(1, 65535), help="port of a server on this machine  [default: 8000]")(command)


def client(port: int | None, url: str | None, own_token: Callable[[], str]) -> Client:
    """A client with the key from the environment, or else with short-lived tokens of `own_token`.

    Such tokens are signed with the server's secret, which only commands on its machine can read.
    """
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


def is_local(url: str | None) -> bool:
    """Whether the command signs tokens with the server's own secret instead of using a key."""
    return url is None and _key() is None


def _key() -> str | None:
    return os.environ.get("NOTIFIER_API_KEY") or None


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Print what the server refuses, or that it was not reached, in one line, and exit."""
    try:
        yield
    except RefusedByServer as refusal:
        give_up(str(refusal))
    except NotReached as error:
        click.echo(f"notifier: the server was not reached ({error}). Is `notifier serve` running?", err=True)
        sys.exit(NOT_REACHED)
    except KeyboardInterrupt:
        sys.exit(130)
