"""A process that runs only the scheduler of a server, and is replaced as soon as it dies.

gunicorn keeps a worker alive in the same way, but this program loads its modules once: killing it twenty times takes seconds
instead of half a minute.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import gevent

from notifier import scheduler
from notifier.app import build
from tests.servers.notifier import ROOT
from tests.servers.process import Process
from tests.waiting import eventually

# No request wakes the scheduler here, and the tests should not wait a whole second for each round.
_ROUND_SECONDS = 0.02


class BackgroundWorker:
    """A context manager that starts and ends the process."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        """`environment`: that of a server (`Notifier.environment`)."""
        self._process = Process([sys.executable, "-m", __name__], log=log, cwd=ROOT, env=environment)

    def __enter__(self) -> BackgroundWorker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()

    def kill(self) -> None:
        """Send SIGKILL to the current child. Returns when it has ended."""
        (child,) = eventually(lambda: self._process.children(deep=False), within=20)
        os.kill(child.pid, signal.SIGKILL)
        eventually(lambda: child not in self._process.children(deep=False))


def main() -> None:
    while True:
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            scheduler._ROUND_SECONDS = _ROUND_SECONDS
            scheduler.start(build())
            gevent.get_hub().join()


if __name__ == "__main__":
    main()
