"""Records that no answer depends on: what was seen and followed, and when a key was used.

Where the database takes no writes, requests are answered all the same, and they do not wait for long while another program has it locked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import gevent
from flask import Flask
from gevent import Greenlet, monkey

from notifier import current
from notifier.errors import Unavailable

_log = logging.getLogger("notifier.bookkeeping")
_MAX_WAIT_SECONDS = 0.5


def record(what: str, write: Callable[[], object]) -> None:
    """Call `write`, and log that `what` is not recorded when it raises `Unavailable`.

    The caller waits for half a second, then it goes on in the background: a locked SQLite is given 5 s.
    """
    app = current.app()
    if not monkey.is_module_patched("threading"):  # a server with threads has no loop that would run the rest
        error = _attempt(app, what, write)
    else:
        attempt = gevent.spawn(_attempt, app, what, write)
        attempt.join(_MAX_WAIT_SECONDS)
        if not attempt.ready():
            attempt.link_value(partial(_log_late, what))
            return
        error = attempt.get()
    if error is not None:
        raise error


def _attempt(app: Flask, what: str, write: Callable[[], object]) -> Exception | None:
    """Call `write`. Returns its error; gevent would print what a greenlet raises."""
    try:
        with app.app_context():
            write()
    except Unavailable as error:
        _log.warning("%s is not recorded: %s", what, error)
    except Exception as error:  # the caller raises it, or logs it
        return error
    return None


def _log_late(what: str, attempt: Greenlet[..., Exception | None]) -> None:
    if attempt.value is not None:
        _log.error("%s is not recorded", what, exc_info=attempt.value)
