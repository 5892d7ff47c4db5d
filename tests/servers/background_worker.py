"""A process that runs only the scheduler of a server, and is replaced as soon as it dies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import gevent

from notifier import scheduler
from notifier.app import build
from tests.servers.replaced import Replaced

# No request wakes the scheduler here, and the tests should not wait a whole second for each round.
_ROUND_SECONDS = 0.02


class BackgroundWorker(Replaced):
    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        super().__init__(__name__, environment=environment, log=log)


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
