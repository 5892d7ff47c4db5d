"""Log format: one line per record, JSON by default, text on a terminal.

It covers gunicorn's own records. Each request is one line with user, path and address, each stream one line at its end.
No line holds a query, a header or a body, so no token and no password. Text from a client cannot start a line of its own.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import structlog
from gunicorn import glogging
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import WrappedLogger

PROBE_KEY = "notifier.probe"
"""Set in the WSGI environment of requests that are not logged: those of monitoring, unless `LOG_PROBES` is set."""
WHO_KEY = "notifier.who"
"""The key in the WSGI environment under which views leave the caller's name for the access log."""

_LINK_OF_A_MAIL = re.compile(r"(/(?:u|confirm)/)[^/]{20,}\Z")
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {10: "\\n", 13: "\\r", 9: "\\t"}


def without_token(path: str) -> str:
    """`path`, without the token of a link in a mail, which a reader of the log could use."""
    return _LINK_OF_A_MAIL.sub(r"\1…", path)


def formatter(*, text: bool) -> logging.Formatter:
    """The formatter of all handlers. `text`: for a terminal, instead of JSON."""
    ending: list[Any] = [structlog.processors.JSONRenderer(default=str)]
    if text:
        # Plain: the default one shows values of variables, secrets among them.
        plain = structlog.dev.plain_traceback
        ending = [_escape, structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, exception_formatter=plain)]
    else:
        ending.insert(0, structlog.processors.format_exc_info)
    return ProcessorFormatter(
        foreign_pre_chain=[merge_contextvars, add_log_level, add_logger_name, ExtraAdder()],
        processors=[structlog.processors.TimeStamper("iso", utc=True), ProcessorFormatter.remove_processors_meta, *ending],
    )


def _escape(_logger: WrappedLogger, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape control characters: a name could colour the terminal, or forge a line."""
    return {key: value.translate(_CONTROL) if isinstance(value, str) and key != "exception" else value for key, value in line.items()}


class GunicornLogger(glogging.Logger):
    """gunicorn's `logger_class`.

    Logs go to stderr, so that stdout holds only the output of a command.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        form = formatter(text=sys.stderr.isatty())
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(form)
                if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
                    handler.setStream(sys.stderr)

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        if environ.get(PROBE_KEY):
            return
        named = {name.lower(): value for name, value in resp.headers}
        self.access_log.info(
            "request",
            extra={
                "request_id": named.get("x-request-id", ""),
                "address": environ.get("REMOTE_ADDR", ""),
                "who": environ.get(WHO_KEY, ""),
                "method": environ.get("REQUEST_METHOD", ""),
                "path": without_token(environ.get("PATH_INFO", "")),
                "status": int(resp.status.split()[0]),  # where gunicorn itself refuses there is no more
                "bytes": resp.sent,
                "ms": round(request_time.total_seconds() * 1000, 1),
            },
        )
