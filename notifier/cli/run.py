"""Run a command and report its progress as a session.

The command's output is passed on unchanged.
"""

from __future__ import annotations

import logging
import os
import select
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import IO

import click

from notifier.cli.api_client import client, errors_in_one_line, is_local, server_options
from notifier.cli.command_output import CommandOutput
from notifier.cli.text import is_text, shown
from notifier.client import Session

# The state is sent again for as long as this process lives: silence means that it was killed, or its machine.
_SILENCE_SECONDS = 30
# Without the server the process ends at most 3 s after the command.
_PATIENCE_SECONDS = 2.0
_ANSWER_TIMEOUT_SECONDS = 5.0
_MAX_TITLE_LENGTH = 200
_READ_BYTES = 65_536
_STDOUT, _STDERR = 1, 2
# A daemon that the command leaves behind may hold its output open for ever.
_LEFT_BEHIND_SECONDS = 2.0
_NOT_EXECUTABLE, _NOT_FOUND, _BY_SIGNAL = 126, 127, 128
_TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGQUIT)
_FORWARDED_SIGNALS = (*_TERMINAL_SIGNALS, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--title", help="what watchers read  [default: the command]")
@click.option("--to", "owner", metavar="USER", help="whose job it is  [default: the key's user; on the server's machine an admin]")
@server_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(title: str | None, owner: str | None, port: int | None, url: str | None, command: tuple[str, ...]) -> None:
    """Run COMMAND and show how far it is.

    `NN%` or `n/m` in its output moves the bar, its last line is the message.

    The exit code is the command's own. A server that cannot be reached gets the latest state when it is back.
    """
    if not all(map(is_text, filter(None, (owner, url)))):
        raise click.UsageError("--to and --url must be UTF-8")
    if owner is None and is_local(url):
        owner = _admin()
    heading = "".join(character if character.isprintable() else " " for character in shown(title or shlex.join(command)))
    logging.getLogger("notifier.client").addHandler(logging.NullHandler())  # its warnings are printed below
    with (
        errors_in_one_line(),
        client(port, url, timeout=_ANSWER_TIMEOUT_SECONDS) as server,
        server.session(
            heading[:_MAX_TITLE_LENGTH], owner=owner, silence_seconds=_SILENCE_SECONDS, pulse=True, patience=_PATIENCE_SECONDS
        ) as session,
    ):
        code = _run(command, session)
    if session.problem:
        click.echo(f"notifier: the server did not get all of the progress: {session.problem}", err=True)
    sys.exit(code)


def _admin() -> str | None:
    """The owner of a job that is started with the server's own secret."""
    from notifier.cli.application import application
    from notifier.services.accounts import users

    with application():
        admin = users.first_admin()
    return admin.name if admin else None


def _run(command: Sequence[str], session: Session) -> int:
    """Return the exit code, as a shell would."""
    sys.stdout.flush()
    started = time.monotonic()
    try:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    except OSError as error:
        session.fail(f"{shown(command[0])}: {error.strerror}")
        click.echo(f"notifier: {shown(command[0])}: {error.strerror}", err=True)
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    lines = _LastLine()
    ends = ((child.stdout, _STDOUT), (child.stderr, _STDERR))
    pumps = [threading.Thread(target=_pump, args=(*each, session, lines), daemon=True) for each in ends]
    with _signals_passed_on(child):
        for pump in pumps:
            pump.start()
        code = child.wait()
        ended = time.monotonic()
        waits_until = ended + _LEFT_BEHIND_SECONDS
        for pump in pumps:
            pump.join(max(0.0, waits_until - time.monotonic()))
    session.report(message=_summary(lines.text, ended - started))
    if code < 0:
        session.fail(f"ended by signal {-code} ({signal.strsignal(-code)})")
        return _BY_SIGNAL - code
    if code:
        session.fail(f"exit code {code}")
    return code


@dataclass(slots=True)
class _LastLine:
    """The newest line of either output that is no percentage."""

    text: str = ""


def _pump(source: IO[bytes], target: int, session: Session, last: _LastLine) -> None:
    """Pass on what the command writes, byte for byte and at once."""
    output = CommandOutput()
    with source:
        while data := source.read(_READ_BYTES):
            try:
                _write(target, data)
            except BrokenPipeError:
                return  # the reader has gone: the command notices it as it would without this process
            before = output.statement
            output.feed(data)
            if output.statement != before:
                last.text = output.statement
            session.report(output.progress, output.message or None)


def _summary(line: str, seconds: float) -> str:
    """Describe a finished command by its last line and the time it took."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    took = f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{line} (took {took})" if line else f"Took {took}"


def _write(target: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(target, data) :]
        except BlockingIOError:  # a terminal or pipe that another process has set to non-blocking
            select.select([], [target], [])


@contextmanager
def _signals_passed_on(child: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(number: int, frame: FrameType | None) -> None:
        if not (number in _TERMINAL_SIGNALS and _in_foreground()):
            child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _FORWARDED_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether a terminal's Ctrl-C reaches the command by itself.

    The terminal sends it to the whole foreground group.
    """
    try:
        with open("/dev/tty", "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
