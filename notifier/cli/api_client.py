"""For commands that talk to a running server: its address, and the key or token to use."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from notifier.cli.exits import NOT_REACHED, WRONG_USAGE, give_up
from notifier.client import Client, NotReached, RefusedByServer
from notifier.environment import SettingError, signing_key
from notifier.local_token import local_token

Command = TypeVar("Command", bound=Callable[..., Any])


def server_options(command: Command) -> Command:
    """Add the options for the server's address. They exclude each other."""
    command = click.option("--url", help="of a server elsewhere; needs NOTIFIER_API_KEY")(command)
    return click.option("--port", type=click.IntRange(1, 65535), help="of a server on this machine  [default: 8000]")(command)


def signed_here() -> str:
    """Create a token with the server's own secret."""
    return local_token(signing_key())


def client(port: int | None, url: str | None, own_token: Callable[[], str] = signed_here, *, timeout: float = 10.0) -> Client:
    """Create a client with the key from the environment.

    Without a key, on the server's machine, with a token of `own_token` for each request.
    """
    if port and url:
        raise click.UsageError("--port and --url exclude each other")
    key = _key()
    if url and not key:
        raise click.UsageError("--url needs a key in NOTIFIER_API_KEY")
    try:
        return Client(url or f"http://127.0.0.1:{port or 8000}", key or own_token, timeout=timeout)
    except ValueError as error:
        raise click.UsageError(f"--url: {error}") from None


def is_local(url: str | None) -> bool:
    """Whether the command signs with the server's own secret, and uses no key."""
    return url is None and _key() is None


def _key() -> str | None:
    """The key of the environment, without the line end that a file leaves behind it.

    No message shows a part of it.
    """
    key = os.environ.get("NOTIFIER_API_KEY", "").strip()
    if not key.isascii() or not key.isprintable():
        raise click.UsageError("NOTIFIER_API_KEY holds characters that no key has: it is one line of ASCII, ntf_…")
    return key or None


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Print a refusal, or that the server was not reached, as one line."""
    try:
        yield
    except RefusedByServer as refusal:
        give_up(str(refusal))
    except NotReached as error:
        give_up(f"the server was not reached ({error}). Is `notifier serve` running?", NOT_REACHED)
    except SettingError as error:
        give_up(str(error), WRONG_USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
