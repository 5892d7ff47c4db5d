"""Run a command as a session: its output passes unchanged, and progress in it moves the bar."""

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
from types import FrameType
from typing import IO

import click

from notifier.cli.application import application
from notifier.cli.command_output import CommandOutput
from notifier.cli.server import client, errors_in_one_line, is_local, server_options
from notifier.client import Session

# This process reports for as long as the command lives: silence means that it was killed, or its machine.
_SILENCE_SECONDS = 30
_LONGEST_TITLE = 200
_READ_BYTES = 65_536
_STDOUT, _STDERR = 1, 2
# A daemon that the command leaves behind may keep its output open for ever.
_LEFT_BEHIND_SECONDS = 2.0
_NOT_EXECUTABLE, _NOT_FOUND, _BY_SIGNAL = 126, 127, 128
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT)
_PASSED_ON = (*_FROM_TERMINAL, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--title", help="the session's title  [default: the command]")
@click.option("--to", "owner", metavar="USER", help="the session's owner  [default: the key's user; on the server's machine an admin]")
@server_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(title: str | None, owner: str | None, port: int | None, url: str | None, command: tuple[str, ...]) -> None:
    """Run COMMAND and show its progress.

    `NN%` or `n/m` in its output moves the bar, its last line is the message.
    The exit code is that of the command. While the server is away the command runs on; the server gets the latest state when it is
    back.
    """
    from notifier.services.accounts import tokens

    if owner is None and is_local(url):
        owner = _admin()
    heading = "".join(character if character.isprintable() else " " for character in title or shlex.join(command))
    logging.getLogger("notifier.client").addHandler(logging.NullHandler())  # its warning is printed below
    with (
        errors_in_one_line(),
        client(port, url, tokens.local_token) as server,
        server.session(heading[:_LONGEST_TITLE], owner=owner, silence_seconds=_SILENCE_SECONDS, pulse=True) as session,
    ):
        code = _run(command, session)
    if session.problem:
        click.echo(f"notifier: the server did not get all of the progress: {session.problem}", err=True)
    sys.exit(code)


def _admin() -> str | None:
    """The name of an admin: a process that can read the server's secret may act as one."""
    from notifier.services.accounts import users

    with application():
        admin = users.first_admin()
    return admin.name if admin else None


def _run(command: Sequence[str], session: Session) -> int:
    """Run `command` and return its exit code, as a shell would."""
    sys.stdout.flush()
    try:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    except OSError as error:
        session.fail(f"{command[0]}: {error.strerror}")
        click.echo(f"notifier: {command[0]}: {error.strerror}", err=True)
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    ends = ((child.stdout, _STDOUT), (child.stderr, _STDERR))
    pumps = [threading.Thread(target=_pump, args=(*each, session), daemon=True) for each in ends]
    with _signals_passed_on(child):
        for pump in pumps:
            pump.start()
        code = child.wait()
        waits_until = time.monotonic() + _LEFT_BEHIND_SECONDS
        for pump in pumps:
            pump.join(max(0.0, waits_until - time.monotonic()))
    if code < 0:
        session.fail(f"ended by signal {-code} ({signal.strsignal(-code)})")
        return _BY_SIGNAL - code
    if code:
        session.fail(f"exit code {code}")
    return code


def _pump(source: IO[bytes], target: int, session: Session) -> None:
    """Pass on what the command writes, byte for byte and at once."""
    output = CommandOutput()
    with source:
        while data := source.read(_READ_BYTES):
            try:
                _write(target, data)
            except BrokenPipeError:
                return  # the reader has gone: the command gets SIGPIPE, as it would without this process
            output.feed(data)
            session.report(output.progress, output.message or None)


def _write(target: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(target, data) :]
        except BlockingIOError:  # a shared terminal or pipe, made non-blocking by another process that has it open
            select.select([], [target], [])


@contextmanager
def _signals_passed_on(child: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(number: int, frame: FrameType | None) -> None:
        if not (number in _FROM_TERMINAL and _in_foreground()):
            child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether a terminal's Ctrl-C reaches the command directly: it goes to the foreground group."""
    try:
        with open("/dev/tty", "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
