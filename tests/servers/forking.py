"""Start programs of the product as forks of a process that has loaded it (`tests.servers.fork_program`).

Nine tenths of the two seconds of processor time that the start of a server or of a command takes are imports.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.memory import directory_of_run
from tests.servers import fork_program
from tests.servers.bytecode import shared_bytecode

_LOADED_WITHIN_SECONDS = 90.0


class Forked:
    """A fork that runs `python -m MODULE ARGS`. Has what `Process` uses of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str | Path], *, stdout: IO[bytes], stderr: IO[bytes], cwd: Path, env: Mapping[str, str]) -> None:
        python, option, module, *args = map(str, command)
        assert (python, option) == (sys.executable, "-m"), f"not a module of Python: {command}"
        # A command keeps metrics to itself. Forks have those of several processes, which need a place.
        metrics = {"PROMETHEUS_MULTIPROC_DIR": str(cwd)} if module == "notifier" else {}
        program = {"module": module, "args": args, "directory": str(cwd), "environment": metrics | dict(env)}
        self._reports, reports = _pair()
        with reports, open(os.devnull) as nothing:
            streams = [nothing.fileno(), stdout.fileno(), stderr.fileno()]
            socket.send_fds(_parent(), [json.dumps(program).encode()], [*streams, reports.fileno()])
        self._exit_code: int | None = None
        try:
            self.pid = self._receive(_LOADED_WITHIN_SECONDS)
        except BaseException:
            self._reports.close()
            raise

    def poll(self) -> int | None:
        """Return the exit code, or None while the program runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float) -> int:
        if self._exit_code is None:
            self._exit_code = self._receive(timeout)
            self._reports.close()
        return self._exit_code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _receive(self, timeout: float) -> int:
        waiting = select.poll()
        waiting.register(self._reports, select.POLLIN)
        if not waiting.poll(timeout * 1000):
            raise subprocess.TimeoutExpired("a fork", timeout)
        report = self._reports.recv(100)
        assert report, "the process that forks has ended; standard error says why"
        return int(report)


@functools.cache
def _parent() -> socket.socket:
    """Start the process that forks, which ends with this one. Returns the socket for its messages."""
    ours, its = _pair()
    with its:
        process = subprocess.Popen(
            [sys.executable, fork_program.__file__, directory_of_run() / "templates"],
            stdin=its.fileno(),
            stdout=subprocess.DEVNULL,
            env=os.environ | shared_bytecode() | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    atexit.register(_close, ours, process)
    return ours


def _close(messages: socket.socket, process: subprocess.Popen[bytes]) -> None:
    messages.close()
    process.kill()
    process.wait()


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
