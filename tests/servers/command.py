"""A command of the product that runs to its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from tests.servers.forking import Forked

_WITHIN_SECONDS = 60.0


class Completed(NamedTuple):
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


class Command:
    """`notifier ARGS` with an empty standard input; `forked`: see `tests.servers.forking`."""

    def __init__(self, *args: str, cwd: Path, env: Mapping[str, str], forked: bool = True) -> None:
        command = [sys.executable, "-m", "notifier", *args]
        self._output, self._errors = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115, closed once they are read
        self._child = (
            Forked(command, stdout=self._output, stderr=self._errors, cwd=cwd, env=env)
            if forked
            else subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._errors, cwd=cwd, env=env)
        )

    def completed(self) -> Completed:
        """Wait for the end of the command."""
        try:
            code = self._child.wait(_WITHIN_SECONDS)
        finally:
            self._child.send_signal(signal.SIGKILL)
        return Completed(code, _text(self._output), _text(self._errors))


def _text(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode()
