"""A child process with all its descendants, which are certain to end with the tests."""

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
from tests.servers.forking import Forked
from tests.waiting import eventually

_KILLED_WITHIN_SECONDS = 10.0


class Process:
    """A running program in its own session and process group. Its output is appended to the file `log`."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path,
        env: Mapping[str, str],
        run_as: Mapping[str, Any] | None = None,
        forked: bool = False,
    ) -> None:
        """`run_as`: the arguments `user`, `group` and `extra_groups` of `subprocess.Popen`. `forked`: see `tests.servers.forking`."""
        with log.open("ab") as output:
            self._child = (
                Forked(command, stdout=output, stderr=output, cwd=cwd, env=env)
                if forked
                else subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=cwd,
                    env=env,
                    start_new_session=True,
                    **(run_as or {}),
                )
            )
        self.pid = self._child.pid
        self._over = False
        _send_to_reaper(f"+{self.pid}")

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while the program runs; the negative signal number when a signal ended it."""
        return self._child.poll()

    def children(self, *, deep: bool = True) -> list[psutil.Process]:
        """Return all descendants, children before grandchildren; with `deep=False` the children only."""
        try:
            return psutil.Process(self.pid).children(recursive=deep)
        except psutil.NoSuchProcess:
            return []

    def send_signal(self, number: int) -> None:
        """Send a signal to the program, not to its children."""
        self._child.send_signal(number)

    def end(self, number: int, within: float) -> float | None:
        """Send the signal and wait for the program and its descendants to end. Returns the seconds, or None on timeout."""
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
        """Send SIGKILL to the whole tree, and to processes that an ended leader left behind. Returns when all have ended.

        Call it once: afterwards the kernel may reuse the process id.
        """
        if self._over:
            return
        children = self.children()
        reaper.end(self.pid)
        self._child.wait(_KILLED_WITHIN_SECONDS)
        eventually(lambda: not any(map(_alive, children)), within=_KILLED_WITHIN_SECONDS, why=lambda: f"still running: {children}")
        _send_to_reaper(f"-{self.pid}")
        self._over = True

    def freeze(self) -> None:
        """Send SIGSTOP to the whole tree: connections stay open without answers."""
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
    """Whether a process runs. Zombies do not count: the init process may reap ended orphans late.

    But one with other threads does: until the last of them has left fsync, for example, its port is taken and its locks are held.
    """
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.NoSuchProcess:
        return False


@functools.cache
def _reaper() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, reaper.__file__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, bufsize=0
    )
    atexit.register(_close_reaper, process)
    return process


def _close_reaper(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_KILLED_WITHIN_SECONDS)


def _send_to_reaper(line: str) -> None:
    pipe = _reaper().stdin
    assert pipe is not None
    pipe.write(f"{line}\n".encode())
