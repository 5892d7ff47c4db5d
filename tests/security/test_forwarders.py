"""Headers of proxies count only as far as `TRUSTED_PROXIES` says, hop by hop."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.conftest import Serve
from tests.people import People, people_in_process
from tests.site import Site

FORWARDED = {
    "X-Forwarded-For": "203.0.113.1, 198.51.100.7",
    "X-Forwarded-Proto": "https, http",
    "X-Forwarded-Host": "evil.example, inner.example",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=203.0.113.1;host=evil.example;proto=https",
    "X-Real-IP": "203.0.113.1",
}


def raw(site: Site, head: str) -> str:
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=10) as connection:
        connection.sendall(f"GET /notifications HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n".encode())
        with connection.makefile("rb") as answer:
            return answer.read().decode()


@pytest.mark.security("S48")
def test_server_believes_no_forwarder_headers(serve: Serve) -> None:
    site = serve()
    plain = raw(site, "")
    location = next(line for line in plain.splitlines() if line.lower().startswith("location:"))

    for name, value in (("SCRIPT_NAME", "/evil"), ("SCRIPT-NAME", "/evil"), ("PATH_INFO", "/metrics"), ("X-Forwarded-Proto", "https")):
        answer = raw(site, f"{name}: {value}\r\n")
        assert answer.startswith("HTTP/1.1 4") or location in answer, f"{name}: {answer}"
        assert "evil" not in answer and "Strict-Transport" not in answer, name


@pytest.fixture
def behind(people: People) -> Iterator[People]:
    with people_in_process(people.app.config["DATABASE_URL"], TRUSTED_PROXIES=1) as proxied:
        yield proxied


@pytest.mark.security("S48", "S49")
def test_only_the_nearest_hop_counts(people: People, behind: People) -> None:
    with people.app.test_request_context(), behind.app.test_client() as nearest, people.app.test_client() as none:
        answers = {client: client.get("/notifications", headers=FORWARDED) for client in (nearest, none)}

    for client, answer in answers.items():
        assert answer.headers["Location"] == "/login?next=/notifications", client
        assert "Strict-Transport-Security" not in answer.headers, "the nearest proxy says http"


@pytest.mark.security("S48")
def test_client_address_is_that_of_the_nearest_hop(behind: People) -> None:
    seen = []
    behind.app.before_request_funcs.setdefault(None, []).append(lambda: seen.append(_address()))
    behind.app.test_client().get("/healthz", headers=FORWARDED)

    assert seen == ["198.51.100.7"]


def _address() -> str | None:
    from flask import request

    return request.remote_addr
