"""Count and time requests by route.

Not by path: paths hold names and ids, and their number has no bound.
"""

from __future__ import annotations

import time
from functools import cache

from flask import Flask, Response
from prometheus_client import Counter, Histogram

from notifier import current, metrics

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_NO_ROUTE = "none"
_BEGAN_AT = "notifier.began_at"


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    current.request().environ[_BEGAN_AT] = time.perf_counter()


def _count(response: Response) -> Response:
    request = current.request()
    rule, method = request.url_rule, request.method
    route = rule.rule if rule else _NO_ROUTE
    method = method if method in _METHODS else "other"
    answered, took = _counters(method, route, response.status_code)
    answered.inc()
    took.observe(time.perf_counter() - request.environ[_BEGAN_AT])
    return response


@cache
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Cached: looking up the labels takes longer than counting."""
    return metrics.requests.labels(method, route, status), metrics.request_seconds.labels(method, route)
