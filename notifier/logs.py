"""What the program says: one line each, JSON for machines, text where somebody watches a terminal.

gunicorn speaks the same way. Each request leaves one line with who asked for what and from where, each stream one at its end; none
holds a query, a header or a body, so no token and no password. Whatever a client writes stays in its line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import structlog
from gunicorn import glogging
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import WrappedLogger

WHO = "notifier.who"
"""Where the doors leave word in the WSGI environment of who is asking."""

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {10: "\\n", 13: "\\r", 9: "\\t"}


def formatter(*, text: bool) -> logging.Formatter:
    """For all handlers. `text`: for a terminal."""
    ending: list[Any] = [structlog.processors.JSONRenderer(default=str)]
    if text:
        # Plain, because the usual one shows the values of variables too, secrets among them.
        plain = structlog.dev.plain_traceback
        ending = [_escape, structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, exception_formatter=plain)]
    else:
        ending.insert(0, structlog.processors.format_exc_info)
    return ProcessorFormatter(
        foreign_pre_chain=[merge_contextvars, add_log_level, add_logger_name, ExtraAdder()],
        processors=[structlog.processors.TimeStamper("iso", utc=True), ProcessorFormatter.remove_processors_meta, *ending],
    )


def _escape(_logger: WrappedLogger, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """JSON does it by itself; on a terminal a name could colour the screen, or forge a line."""
    return {key: value.translate(_CONTROL) if isinstance(value, str) and key != "exception" else value for key, value in line.items()}


class GunicornLogger(glogging.Logger):
    """gunicorn's `logger_class`. Everything goes to standard error: what a command prints stays what it printed."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        form = formatter(text=sys.stderr.isatty())
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(form)
                if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
                    handler.setStream(sys.stderr)

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        named = {name.lower(): value for name, value in resp.headers}
        self.access_log.info(
            "request",
            extra={
                "request_id": named.get("x-request-id", ""),
                "address": environ.get("REMOTE_ADDR", ""),
                "who": environ.get(WHO, ""),
                "method": environ.get("REQUEST_METHOD", ""),
                "path": environ.get("PATH_INFO", ""),
                "status": int(resp.status.split()[0]),  # all there is where gunicorn itself refuses
                "bytes": resp.sent,
                "ms": round(request_time.total_seconds() * 1000, 1),
            },
        )
