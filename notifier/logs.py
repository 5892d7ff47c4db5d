"""Log format: one line per record, JSON by default, text on a terminal.

It covers gunicorn's own records. Each request is one line with user, path and address, each stream one line at its end.
No line holds a query, a header or a body, so no token and no password. Text from a client cannot start a line of its own.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

from gunicorn import glogging

PROBE_KEY = "notifier.probe"
"""Set in the WSGI environment of requests that are not logged: those of monitoring, unless `LOG_PROBES` is set."""
REQUEST_ID_KEY = "notifier.request_id"
"""The key in the WSGI environment under which the id of the request is."""
WHO_KEY = "notifier.who"
"""The key in the WSGI environment under which views leave the caller's name for the access log."""

_request_id: ContextVar[str] = ContextVar("request_id", default="")

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
_TO_QUOTE = re.compile(r"[ \t=\r\n\"']")
_LINK_OF_A_MAIL = re.compile(r"(/(?:u|confirm)/)[^/]{20,}\Z")
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {10: "\\n", 13: "\\r", 9: "\\t"}


def without_token(path: str) -> str:
    """`path`, without the token of a link in a mail, which a reader of the log could use."""
    found = _LINK_OF_A_MAIL.search(path)  # `sub` would prepare what to put in its place each time
    return path if found is None else f"{path[: found.end(1)]}…"


def name_request(request_id: str) -> None:
    """Put `request_id` into every line that this greenlet logs from here on."""
    _request_id.set(request_id)


def formatter(*, text: bool) -> logging.Formatter:
    """The formatter of all handlers. `text`: for a terminal, instead of JSON."""
    return _Formatter(_text if text else _json)


class _Formatter(logging.Formatter):
    """`write`: makes a line of the fields of a record and its traceback, which is empty for most."""

    def __init__(self, write: Callable[[dict[str, Any], str], str]) -> None:
        super().__init__()
        self._write = write

    def format(self, record: logging.LogRecord) -> str:
        # Plain: no values of variables, secrets among them.
        traceback = self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
        return self._write(_fields(record), traceback)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Event, request, level and logger, what was given as `extra`, and the time."""
    fields: dict[str, Any] = {"event": record.getMessage()}
    if record.stack_info:
        fields["stack_info"] = record.stack_info
    if request_id := _request_id.get():
        fields["request_id"] = request_id
    fields["level"], fields["logger"] = record.levelname.lower(), record.name
    for name, value in record.__dict__.items():
        if name not in _STANDARD:
            fields[name] = value
    fields["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
    return fields


# Made once: `json.dumps` with options makes a new encoder for each call.
_encode = json.JSONEncoder(default=str, check_circular=False).encode


def _json(fields: dict[str, Any], traceback: str) -> str:
    return _encode(fields | {"exception": traceback} if traceback else fields)


def _text(fields: dict[str, Any], traceback: str) -> str:
    """Time, level, event and logger, then the other fields by name."""
    shown = {name: _escape(value) for name, value in fields.items()}
    start = f"{shown.pop('timestamp')} [{shown.pop('level')}] {shown.pop('event')} [{shown.pop('logger')}]"
    line = " ".join([start, *(f"{name}={_quoted(value)}" for name, value in sorted(shown.items()))])
    return f"{line}\n{traceback}" if traceback else line


def _escape(value: Any) -> Any:
    """Escape control characters: a name could colour the terminal, or forge a line."""
    return value.translate(_CONTROL) if isinstance(value, str) else value


def _quoted(value: Any) -> str:
    return value if isinstance(value, str) and not _TO_QUOTE.search(value) else repr(value)


class GunicornLogger(glogging.Logger):
    """gunicorn's `logger_class`.

    Logs go to stderr, so that stdout holds only the output of a command.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        # No line has them. To ask for them took a fifth of the line of a request.
        logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
        logging._srcfile = None  # where the call is; as the logging HOWTO has it
        form = formatter(text=sys.stderr.isatty())
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(form)
                if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
                    handler.setStream(sys.stderr)

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        if environ.get(PROBE_KEY):
            return
        fields = {
            "request_id": environ.get(REQUEST_ID_KEY, ""),
            "address": environ.get("REMOTE_ADDR", ""),
            "who": environ.get(WHO_KEY, ""),
            "method": environ.get("REQUEST_METHOD", ""),
            "path": without_token(environ.get("PATH_INFO", "")),
            "status": int(resp.status.split()[0]),  # where gunicorn itself refuses there is no more
            "bytes": resp.sent,
            "ms": round(request_time.total_seconds() * 1000, 1),
        }
        self.access_log.handle(_RequestRecord(self.access_log.name, fields))


class _RequestRecord(logging.LogRecord):
    """A request, with what `_Formatter` and handlers read of a record.

    The parent would find out thread, process and file, which no line has.
    """

    levelno, levelname, msg, args = logging.INFO, "INFO", "request", None
    exc_info = exc_text = stack_info = None
    filename, lineno = "", 0

    def __init__(self, logger: str, fields: dict[str, Any]) -> None:
        self.__dict__ = fields
        self.name, self.created = logger, time.time()
