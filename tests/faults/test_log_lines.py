"""The access log: one line per request, and no secret in any."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api_client import Person
from tests.databases import Databases
from tests.people import PASSWORD
from tests.servers import Notifier
from tests.site import Site
from tests.waiting import eventually


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


def lines(server: Notifier) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log().splitlines()]


def line_of(server: Notifier, request_id: str, event: str = "request") -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [line for line in lines(server) if line.get("request_id") == request_id and line["event"] == event]

    (line,) = eventually(found, why=server.tail)
    return line


def test_each_request_logs_one_line(server: Notifier, alice: Person) -> None:
    answer = alice.get("/api/notifications?q=wanted", headers={"X-Request-ID": "the-first"})
    line = line_of(server, "the-first")
    assert {name: line[name] for name in ("method", "path", "status", "address", "who")} == {
        "method": "GET",
        "path": "/api/notifications",
        "status": 200,
        "address": "127.0.0.1",
        "who": f"user:{alice.name}",
    }
    assert line["bytes"] == len(answer.content) and line["ms"] > 0


def test_refused_request_logs_one_line(site: Site, server: Notifier, alice: Person) -> None:
    assert site.api.get("/api/notifications", headers={"X-Request-ID": "nobody"}).status_code == 401
    assert (line_of(server, "nobody")["status"], line_of(server, "nobody")["who"]) == (401, "")
    assert alice.post("/api/notifications", json={}, headers={"X-Request-ID": "not-hers"}).status_code == 403
    assert (line_of(server, "not-hers")["status"], line_of(server, "not-hers")["who"]) == (403, f"user:{alice.name}")


def test_stream_logs_one_line_at_its_end(server: Notifier, alice: Person) -> None:
    stream = alice.stream(headers={"X-Request-ID": "a-stream"})
    stream.until("connected")
    assert not [line for line in lines(server) if line.get("request_id") == "a-stream"]
    stream.close()
    line = line_of(server, "a-stream", "stream ended")
    assert {name: line[name] for name in ("path", "address", "who", "closed")} == {
        "path": "/api/notifications/stream",
        "address": "127.0.0.1",
        "who": f"user:{alice.name}",
        "closed": "gone",
    }
    assert not [line for line in lines(server) if line.get("request_id") == "a-stream" and line["event"] == "request"]


def test_path_cannot_break_its_log_line(site: Site, server: Notifier) -> None:
    site.api.get("/nothing%0a%7b%22event%22:%22forged%22%7d%1b[31m", headers={"X-Request-ID": "forged"})
    assert line_of(server, "forged")["path"] == '/nothing\n{"event":"forged"}\x1b[31m'


@pytest.mark.security("S55")
def test_no_secret_is_logged(site: Site, server: Notifier, alice: Person, dana: Person) -> None:
    site.api.post("/api/auth/login", json={"username": alice.name, "password": "a wrong secret"})
    site.api.post("/api/auth/login", content=b'{"username": "a wrong secret"')
    site.api.get(f"/api/notifications?jwt={alice.token}", headers={"Authorization": f"Bearer {alice.token[:-1]}"})
    site.api.get("/notifications", headers={"Cookie": f"access_token_cookie={alice.token}"})
    site.api.get(f"/notifications?next={alice.token}", headers={"X-Request-ID": alice.token})
    stream = alice.connected()
    dana.send(alice, title="for her eyes only")
    stream.until("notification")
    stream.close()
    site.api.get("/openapi.json", headers={"X-Request-ID": "the-last"})
    line_of(server, "the-last")
    log = server.log()
    for secret in (
        PASSWORD,
        "a wrong secret",
        "eyJ",
        alice.token,
        alice.refresh_token,
        "for her eyes only",
        str(server.settings["SECRET_KEY"]),
    ):
        assert secret not in log


def test_requests_are_counted_by_route(server: Notifier, alice: Person, dana: Person) -> None:
    sent = dana.send(alice)["id"]
    before = server.metric("http_requests_total", route="/api/notifications/<uuid:public_id>", method="GET", status="200")
    alice.get(f"/api/notifications/{sent}")
    alice.get("/nothing/at/all")
    alice.request("BREW", "/api/notifications")
    assert server.metric("http_requests_total", route="/api/notifications/<uuid:public_id>", method="GET", status="200") == before + 1
    assert server.metric("http_request_duration_seconds_count", route="/api/notifications/<uuid:public_id>") >= 1
    assert server.metric("http_requests_total", route="none", status="404") >= 1
    assert server.metric("http_requests_total", method="BREW") == 0


def test_every_metric_of_the_contract_exists(site: Site, alice: Person, dana: Person) -> None:
    stream = alice.connected()
    dana.send(alice)
    stream.until("notification")
    text = site.api.get("/metrics").text
    assert [
        name
        for name in (
            "sse_connections_total",
            'sse_messages_sent_total{event_type="notification"}',
            "sse_connection_duration_seconds_count",
            'sse_reconnection_attempts_total{reason="resume"}',
            'sse_reconnection_attempts_total{reason="reset"}',
            'sse_reconnection_attempts_total{reason="new"}',
            "notifier_delivery_seconds_count",
            "notifier_bus_up",
            "notifier_breaker_state",
            "notifier_backlog_bytes",
            'notifier_streams_closed_total{reason="gone"}',
            "http_requests_total",
            "http_request_duration_seconds_count",
        )
        if f"\n{name}" not in text
    ] == []
    assert site.server.metric("notifier_delivery_seconds_count") >= 1
    assert site.server.metric("notifier_delivery_seconds_sum") / site.server.metric("notifier_delivery_seconds_count") < 5
