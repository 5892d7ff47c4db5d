"""A process whose child is replaced as soon as it dies.

gunicorn keeps a worker alive in the same way, but such a program loads its modules once, as a fork of a process that has (see
`tests.servers.forking`): killing it ten times takes seconds instead of a quarter of a minute.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.notifier import ROOT
from tests.servers.process import Process
from tests.waiting import eventually


class Replaced:
    """A context manager that starts and ends the process."""

    def __init__(self, module: str, *args: str, environment: Mapping[str, str], log: Path) -> None:
        """`environment`: that of a server (`Notifier.environment`)."""
        command = [sys.executable, "-m", module, *args]
        # The process that forks has metrics of several processes, so its forks need a place for them.
        self._process = Process(
            command, log=log, cwd=ROOT, env=dict(environment) | {"PROMETHEUS_MULTIPROC_DIR": str(log.parent)}, forked=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()

    def kill(self) -> None:
        """Send SIGKILL to the current child. Returns when it has ended."""
        (child,) = eventually(lambda: self._process.children(deep=False), within=20)
        os.kill(child.pid, signal.SIGKILL)
        eventually(lambda: child not in self._process.children(deep=False))
