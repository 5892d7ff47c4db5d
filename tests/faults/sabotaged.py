"""The application with built-in faults, each waiting for its trigger.

The product itself contains none of this. gunicorn loads `app` from here in place of `notifier:create_app()`; `tests.faults.sabotage` starts
such servers and pulls the triggers. A trigger is an `Idempotency-Key`, a URL path, or a file in the server's working directory.
"""

from __future__ import annotations

import contextlib
import datetime as datetimes
import gc
import os
import signal
import sys
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from greenlet import greenlet

from notifier import create_app
from notifier.realtime.feed import Feed
from notifier.services import idempotency
from notifier.services.messages import send as messages

_CLOCK = Path("clock-offset")
_FEED_FAILS = Path("feed-fails")

_key: ContextVar[str] = ContextVar("_key", default="")
_messages: Any = messages
_send, _publish_hints, _keep, _poll, _time = messages.send, _messages.publish_hints, idempotency.keep, Feed._poll, time.time
_Datetime = datetimes.datetime


def _die_once(key: str) -> None:
    """Send SIGKILL to this process, unless a process has already died of this key."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(f"died-{key}", os.O_CREAT | os.O_EXCL))
        os.kill(os.getpid(), signal.SIGKILL)


def send(*args: Any, idempotency_key: str | None = None, **kwargs: Any) -> Any:
    _key.set(idempotency_key or "")
    return _send(*args, idempotency_key=idempotency_key, **kwargs)


def keep(*args: Any) -> None:
    """Wrap the last statement of a send's transaction."""
    _keep(*args)
    if _key.get().startswith("before-the-commit"):
        _die_once(_key.get())


def publish_hints(*args: Any) -> None:
    """Wrap the step between the commit and the response."""
    if _key.get().startswith("before-the-hint"):
        _die_once(_key.get())
    _publish_hints(*args)
    if _key.get().startswith("before-the-answer"):
        _die_once(_key.get())


def poll(feed: Feed) -> None:
    if _FEED_FAILS.exists():
        _FEED_FAILS.unlink()
        raise RuntimeError("sabotage")
    _poll(feed)


def spin() -> str:
    """Never yield to another greenlet."""
    while True:
        pass


def census() -> dict[str, int]:
    """Counts that may not grow with the number of closed connections."""
    gc.collect()
    return {
        "greenlets": sum(isinstance(each, greenlet) for each in gc.get_objects()),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "memory": int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
    }


def _offset() -> float:
    return float(_CLOCK.read_text()) if _CLOCK.exists() else 0.0


class _SameType(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Datetime)


class Jumping(_Datetime, metaclass=_SameType):
    """`datetime` whose `now` follows the offset clock. Returns plain `datetime` instances."""

    @classmethod
    def now(cls, tz: datetimes.tzinfo | None = None) -> Any:
        return _Datetime.now(tz) + datetimes.timedelta(seconds=_offset())


def _set_up() -> Any:
    _messages.send, _messages.publish_hints, idempotency.keep, Feed._poll = send, publish_hints, keep, poll  # type: ignore[method-assign, assignment]
    time.time = lambda: _time() + _offset()
    application = create_app()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("notifier", "jwt", "flask_jwt_extended") and getattr(module, "datetime", None) is _Datetime:
            module.datetime = Jumping  # type: ignore[attr-defined]
    application.add_url_rule("/spin", view_func=spin)
    application.add_url_rule("/census", view_func=census)
    return application


app = _set_up()
