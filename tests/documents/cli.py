"""All commands with their arguments and options, as `--help` shows them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from notifier.cli import main

_WIDTH = 100
_INTRODUCTION = """# Command line

The command `notifier`, also as `python -m notifier`. It reads the [settings](configuration.md), and works on the database that they name;
`push`, `listen` and `run` talk to a server. This page is made by `make docs` from the commands themselves.

Exit codes: 0 done, 1 refused (the reason is on standard error), 2 wrong usage, 3 server not reached. `run` passes on that of its command.
"""


def page() -> str:
    return "\n".join([_INTRODUCTION, *(section for path, command in commands() for section in _section(path, command))])


def commands() -> Iterator[tuple[str, click.Command]]:
    """(path, command) of each command that does something."""
    yield from _below("notifier", main, click.Context(main, info_name="notifier"))


def _below(path: str, command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        yield from _below(f"{path} {name}", child, click.Context(child, info_name=name, parent=context))


def _section(path: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=path, terminal_width=_WIDTH, max_content_width=_WIDTH)
    command._help_option = None  # click keeps the option of the first context, which may be one with `-h`
    lines = [line.rstrip() for line in command.get_help(context).splitlines()]
    return [f"## `{path}`", "", "```text", *lines, "```", ""]
