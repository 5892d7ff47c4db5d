"""For those who run it: is it alive, is it ready, what does it count."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import Literal

from flask import Blueprint, Response, abort, current_app, request
from pydantic import Field

from notifier import database, metrics
from notifier.errors import Unavailable
from notifier.services.hints import stream_server
from notifier.services.maintenance import schema
from notifier.web.http import assets
from notifier.web.http.json_answers import ResponseModel, json_answer

blueprint = Blueprint("ops", __name__)
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Health(ResponseModel):
    """A sign of life."""

    status: Literal["ok"] = "ok"


class Readiness(ResponseModel):
    """The parts that the server needs, and what is wrong with them."""

    status: Literal["ready", "not ready"]
    checks: dict[str, str] = Field(examples=[{"database": "ok"}])
    """`ok`, or what is wrong, by part."""


@blueprint.get("/healthz")
def healthz() -> Response:
    """This process answers."""
    return json_answer(Health())


@blueprint.get("/readyz")
def readyz() -> Response:
    """What it needs is there, or what is wrong with it.

    Without the bus changes take a second, and without the assets pages do not update by themselves: said, but no reason to send
    people elsewhere, where it would be no better.
    """
    missing = assets.missing()
    checks = _database() | {
        "bus": stream_server().bus.state(),
        "assets": f"missing {', '.join(missing)}: run `make setup`" if missing else "ok",
    }
    ready = checks["database"] == checks["migrations"] == "ok"
    return json_answer(Readiness(status="ready" if ready else "not ready", checks=checks), 200 if ready else 503)


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """For this machine, or for who has the token. To anybody else it is not there."""
    if not (_from_here() or _has_token()):
        abort(404)
    return Response(metrics.exposition(), content_type=_TEXT)


def _database() -> dict[str, str]:
    try:
        with database.read() as connection:
            writes = database.accepts_writes(connection)
        return {"database": "ok" if writes else "takes no writes", "migrations": schema.problem() or "ok"}
    except Unavailable as trouble:
        return {"database": trouble.detail, "migrations": "unknown"}


def _from_here() -> bool:
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    return bool(request.remote_addr) and ip_address(request.remote_addr or "").is_loopback


def _has_token() -> bool:
    token: str = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())
