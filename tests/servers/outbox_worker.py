"""A process that runs only the outbox of a server, and is replaced as soon as it dies.

A child takes over what its predecessor had claimed, without waiting for the lease: no other process is alive that could have it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import gevent
from flask import Flask
from sqlalchemy import update

from notifier import database, scheduler
from notifier.app import build
from notifier.models import Delivery
from notifier.models.delivery import State
from notifier.services.outbox import loops, senders
from tests.servers.replaced import Replaced

_ROUND_SECONDS = 0.05
SENDERS = 4


class OutboxWorker(Replaced):
    """`dies`: its first child kills itself once it has claimed a delivery (`claimed`), or once a server has taken one (`accepted`)."""

    def __init__(self, environment: Mapping[str, str], log: Path, *, dies: str = "", alone: bool = True) -> None:
        super().__init__(__name__, dies, "alone" if alone else "", environment=environment, log=log)


def main(dies: str, alone: bool) -> None:
    app = build()
    while True:
        if child := os.fork():
            os.waitpid(child, 0)
            dies = ""
        else:
            _run(app, dies, alone)


def _run(app: Flask, dies: str, alone: bool) -> None:
    loops._ROUND_SECONDS = _ROUND_SECONDS
    if dies == "claimed":
        senders._attempt = partial(_die)
    elif dies == "accepted":
        senders._settle = partial(_die)
    if alone:
        with app.app_context(), database.write() as transaction:
            transaction.execute(update(Delivery).where(Delivery.state == State.SENDING).values(state=State.WAITING, lease_until=None))
    scheduler.start_outbox(app, SENDERS)
    gevent.get_hub().join()


def _die(*_: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], bool(sys.argv[2]))
