"""For operators: health, readiness and metrics."""

from __future__ import annotations

import hmac
from typing import Literal

from flask import Blueprint, Response, abort, current_app, request
from pydantic import Field

from notifier import database, logs
from notifier.errors import NotFound, Unavailable
from notifier.metrics import exposition
from notifier.services.hints import stream_server
from notifier.services.maintenance import schema
from notifier.web.http import assets, loopback
from notifier.web.http.json_answers import ResponseModel, json_answer
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.security import Who

blueprint = Blueprint("ops", __name__)

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_METRICS = """# HELP sse_connections_total Open streams.
# TYPE sse_connections_total gauge
sse_connections_total 42.0
"""


class Health(ResponseModel):
    """A sign of life."""

    status: Literal["ok"]


class Readiness(ResponseModel):
    """The parts that the server needs, and what is wrong with them."""

    status: Literal["ready", "not ready"]
    checks: dict[str, str] = Field(examples=[{"database": "ok"}])
    """`ok`, or what is wrong, by part."""


@blueprint.before_request
def _mark_probe() -> None:
    request.environ[logs.PROBE_KEY] = not current_app.config["LOG_PROBES"]


@blueprint.get("/healthz")
@operation(who=Who.PUBLIC, answers={200: Answer("It answers.", Health)}, uses_database=False)
def health() -> Response:
    """Check that the process answers."""
    return json_answer(Health(status="ok"))


@blueprint.get("/readyz")
@operation(
    who=Who.PUBLIC,
    answers={
        200: Answer("Ready.", Readiness),
        503: Answer(
            "Not ready, with the reason.",
            Readiness,
            {"status": "not ready", "checks": {"database": "The database does not answer. Try again in a moment."}},
        ),
    },
)
def readiness() -> Response:
    """Check that the process can serve users."""
    # Without the bus changes take a second, and without the assets pages do not update by themselves: that is reported, but no reason
    # to send users to another server, which would be no better.
    missing = assets.missing()
    checks = _database() | {
        "bus": stream_server().bus.state(),
        "assets": f"missing {', '.join(missing)}: run `make setup`" if missing else "ok",
    }
    ready = checks["database"] == checks["migrations"] == "ok"
    return json_answer(Readiness(status="ready" if ready else "not ready", checks=checks), 200 if ready else 503)


@blueprint.get("/metrics")
@operation(
    who=Who.OPERATOR,
    answers={200: Answer("All metrics of all processes.", example=_METRICS, content_type="text/plain")},
    errors=(NotFound,),
    uses_database=False,
)
def metrics() -> Response:
    """Show the metrics.

    In the text format of Prometheus.
    """
    if not (_from_here() or _has_token()):
        abort(404)
    stream_server().hub.report()
    return Response(exposition(), content_type=_TEXT)


def _database() -> dict[str, str]:
    try:
        return {"database": database.problem_with_writes() or "ok", "migrations": schema.problem() or "ok"}
    except Unavailable as error:
        return {"database": error.detail, "migrations": "unknown"}


def _from_here() -> bool:
    """Whether a program of this machine asks.

    No proxy, and no page of another site under a name that leads here.
    """
    return loopback.is_this_machine()


def _has_token() -> bool:
    token: str = current_app.config["METRICS_TOKEN"]
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
