"""What gunicorn does for each request, without what is the same for all of them.

Measured in turn with a server without it: a POST costs 0.94, and opening a stream 0.95 of the processor time.
A test notices where gunicorn no longer has, or no longer uses, what is replaced here.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from gunicorn.http import message, wsgi

_MAX_CHECKED = 256
_DIFFERENT = ("Content-Length", "X-Request-ID")  # in each answer


def install(cfg: Any) -> None:
    """Have gunicorn serve the requests of this process so."""
    # As plain attributes: gunicorn looks up some twenty settings for each request, by two calls each.
    vars(cfg).update({name: setting.get() for name, setting in cfg.settings.items()})
    vars(wsgi).update(Response=_Response, WSGIErrorsWrapper=_Errors)
    if not cfg.forwarded_allow_ips:
        message.HeaderPolicy._peer_is_trusted_proxy = _is_local  # type: ignore[attr-defined]


class _Response(wsgi.Response):
    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Check and keep the headers of an answer, most of which are those of all answers."""
        kept: Any = self.headers
        for name, value in headers:
            checked = None if name in _DIFFERENT else _checked(name, value)
            if checked is None:
                super().process_headers([(name, value)])
            else:
                kept.append(checked)


@functools.lru_cache(maxsize=_MAX_CHECKED)
def _checked(name: str, value: str) -> tuple[str, str] | None:
    """A header as gunicorn sends it. None for one that gunicorn itself acts on.

    Raises as gunicorn does for one that is malformed.
    """
    found: Any = SimpleNamespace(headers=[], response_length=None, upgrade=False)
    _process_headers(found, [(name, value)])
    return found.headers[0] if found.headers and found.response_length is None and not found.upgrade else None


_process_headers = wsgi.Response.process_headers
_WSGIErrorsWrapper = wsgi.WSGIErrorsWrapper


class _Errors(io.RawIOBase):
    """`wsgi.errors`, which finds the files of the log only when it is written to."""

    def __init__(self, cfg: Any) -> None:
        self._cfg = cfg

    def write(self, data: Any) -> None:
        _WSGIErrorsWrapper(self._cfg).write(data)


def _is_local(policy: Any) -> bool:
    """Where no proxy's address is trusted: whether the peer has none, but came by a socket file."""
    return not isinstance(policy.peer_addr, tuple)
