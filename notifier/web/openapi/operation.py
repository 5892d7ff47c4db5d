"""The calls of those who run the server, and of those who read this."""

from __future__ import annotations

from notifier.errors import NotFound
from notifier.web.api.ops import Health, Readiness
from notifier.web.openapi.call import Answer, Call, Who

_TAG = "Operation"
_METRICS = """# HELP sse_connections_total Open streams.
# TYPE sse_connections_total gauge
sse_connections_total 42.0
"""

CALLS = (
    Call(
        method="GET",
        path="/healthz",
        name="health",
        tag=_TAG,
        summary="Is it alive?",
        who=Who.ANYBODY,
        answers={200: Answer("It answers.", Health, {"status": "ok"})},
        uses_database=False,
    ),
    Call(
        method="GET",
        path="/readyz",
        name="readiness",
        tag=_TAG,
        summary="Is it ready?",
        who=Who.ANYBODY,
        answers={
            200: Answer("All that it needs is there.", Readiness, {"status": "ready", "checks": {"database": "ok"}}),
            503: Answer(
                "What is wrong.",
                Readiness,
                {"status": "not ready", "checks": {"database": "The database does not answer. Try again in a moment."}},
            ),
        },
    ),
    Call(
        method="GET",
        path="/metrics",
        name="metrics",
        tag=_TAG,
        summary="What does it count?",
        description="In the text format of Prometheus.",
        who=Who.OPERATOR,
        answers={200: Answer("All metrics of all processes.", example=_METRICS, content_type="text/plain")},
        refused=(NotFound,),
        uses_database=False,
    ),
    Call(
        method="GET",
        path="/openapi.json",
        name="openapi",
        tag=_TAG,
        summary="This document, for programs",
        who=Who.ANYBODY,
        answers={200: Answer("An OpenAPI 3.1 document.", dict, {"openapi": "3.1.0", "info": {"title": "notifier"}, "paths": {}})},
        uses_database=False,
    ),
    Call(
        method="GET",
        path="/apidoc/",
        name="apidoc",
        tag=_TAG,
        summary="This document, for people",
        who=Who.ANYBODY,
        answers={200: Answer("A page.", example="<!doctype html>…", content_type="text/html")},
        uses_database=False,
    ),
)
