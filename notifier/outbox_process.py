"""The program of `notifier outbox run`: the loops of the outbox without HTTP."""

from __future__ import annotations

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import logging
import signal
import sys
from collections.abc import Callable
from typing import Any, cast

import gevent
from gevent.event import Event

from notifier import create_app, scheduler

_USUAL_SENDERS = 4


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, cast(Callable[..., Any], ended.set))
    app = create_app()
    scheduler.start_outbox(app, app.config["OUTBOX_SENDERS"] or _USUAL_SENDERS)
    print("notifier outbox: sending", file=sys.stderr, flush=True)
    ended.wait()
    scheduler.stop_outbox(app)


if __name__ == "__main__":
    main()
