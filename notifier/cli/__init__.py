"""The command `notifier`.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 server not reached; `run` passes on that of its command.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import TextIOWrapper

import click

from notifier import __version__
from notifier.cli.text import is_text

_MODULES = {
    "serve": "serve",
    "push": "send",
    "listen": "send",
    "run": "run",
    "user": "people",
    "group": "groups",
    "key": "keys",
    "category": "categories",
    "mail": "mail",
    "outbox": "outbox",
    "destination": "destinations",
    "db": "db",
    "demo": "demo",
}
"""The file of each command.

Only the one that is used is imported: what a server needs takes a second of processor time.
"""


class _Commands(click.Group):
    """Imports a command when it is used.

    Refuses arguments that are not UTF-8, but for the command line that `run` is given.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        command: click.Command = getattr(import_module(f"notifier.cli.{_MODULES[cmd_name]}"), cmd_name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        wrong = [] if args[:1] == ["run"] else [place for place, text in enumerate(args, 1) if not is_text(text)]
        if wrong:
            raise click.UsageError(f"argument {wrong[0]} is not UTF-8", ctx)
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Real-time in-app notifications for server-rendered web applications."""
    os.umask(0o077)  # files made here are for this user alone, whatever the shell says
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # text that the terminal's encoding lacks is no reason to end
