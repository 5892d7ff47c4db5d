"""A child process with everything it starts, from its birth to its certain end."""

from __future__ import annotations

import atexit
import contextlib
import functools
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from tests.servers import reaper
from tests.waiting import eventually

_KILLED_WITHIN_SECONDS = 10.0


class Process:
    """A running program that leads a session and process group of its own. What it prints is added to the file `log`."""

    def __init__(
        self, command: Sequence[str | Path], *, log: Path, cwd: Path, env: Mapping[str, str], run_as: Mapping[str, Any] | None = None
    ) -> None:
        """`run_as`: the `user`, `group` and `extra_groups` of `subprocess.Popen`."""
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=env,
                start_new_session=True,
                **(run_as or {}),
            )
        self.pid = self._child.pid
        self._over = False
        _tell_reaper(f"+{self.pid}")

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when a signal ended it."""
        return self._child.poll()

    def children(self, *, deep: bool = True) -> list[psutil.Process]:
        """Everything under it, children before grandchildren; or, not `deep`, its children alone."""
        try:
            return psutil.Process(self.pid).children(recursive=deep)
        except psutil.NoSuchProcess:
            return []

    def send_signal(self, number: int) -> None:
        """To the program itself, not to its children."""
        self._child.send_signal(number)

    def end(self, number: int, within: float) -> float | None:
        """Sends the signal and waits for the program and all it started: the seconds that took, or None when it was too long."""
        children = self.children()
        start = time.monotonic()
        self.send_signal(number)
        try:
            self._child.wait(within)
        except subprocess.TimeoutExpired:
            return None
        try:
            eventually(lambda: not any(map(_alive, children)), within=max(0.0, start + within - time.monotonic()))
        except AssertionError:
            return None
        return time.monotonic() - start

    def kill(self) -> None:
        """SIGKILL for the whole tree, and for what a dead leader may have left behind; returns when all are gone.

        Once: afterwards the kernel may give its number to somebody else.
        """
        if self._over:
            return
        children = self.children()
        reaper.end(self.pid)
        self._child.wait(_KILLED_WITHIN_SECONDS)
        eventually(lambda: not any(map(_alive, children)), within=_KILLED_WITHIN_SECONDS, why=lambda: f"left: {children}")
        _tell_reaper(f"-{self.pid}")
        self._over = True

    def freeze(self) -> None:
        """SIGSTOP for the whole tree: connections stay open and nobody answers."""
        for process in self._tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        for process in reversed(self._tree()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def _tree(self) -> list[psutil.Process]:
        return [psutil.Process(self.pid), *self.children()] if self.running else []


def _alive(process: psutil.Process) -> bool:
    """Orphans that have ended may wait long for an init that is in no hurry to bury them."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@functools.cache
def _reaper() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, reaper.__file__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, bufsize=0
    )
    atexit.register(_dismiss, process)
    return process


def _dismiss(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_KILLED_WITHIN_SECONDS)


def _tell_reaper(line: str) -> None:
    pipe = _reaper().stdin
    assert pipe is not None
    pipe.write(f"{line}\n".encode())
