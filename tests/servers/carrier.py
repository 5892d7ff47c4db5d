"""A process that does a server's scheduled work and nothing else, and another one in its place as soon as it dies.

As gunicorn keeps a worker alive, but what it needs is loaded once: killing it twenty times takes seconds and not half a minute.
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

# Nobody here is told that something was accepted, and the tests do not wait a second for it each time.
_ROUND_SECONDS = 0.02


class Carrier:
    """As a context manager it works inside, and is gone after."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        """`environment`: as a server's (`Notifier.environment`)."""
        self._process = Process([sys.executable, "-m", __name__], log=log, cwd=ROOT, env=environment)

    def __enter__(self) -> Carrier:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()

    def kill(self) -> None:
        """SIGKILL for who works now; returns when they are gone."""
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
