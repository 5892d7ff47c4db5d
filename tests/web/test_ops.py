"""Health, readiness, and metrics, which are open to loopback or with a token only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from notifier.web.http import assets
from tests.people import People, people_in_process
from tests.web.conftest import Visit

READY = {"database": "ok", "migrations": "ok", "bus": "ok", "assets": "ok"}
TOKEN = "a token for the metrics of these tests"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"METRICS_TOKEN": TOKEN}


@pytest.fixture
def behind_a_proxy(people: People) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        proxied = stack.enter_context(people_in_process(people.app.config["DATABASE_URL"], TRUSTED_PROXIES=1, METRICS_TOKEN=TOKEN))
        yield stack.enter_context(httpx.Client(base_url="http://localhost", transport=httpx.WSGITransport(proxied.app)))


def test_healthz_returns_ok(visitor: httpx.Client) -> None:
    answer = visitor.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_returns_all_checks_ok(visitor: httpx.Client) -> None:
    answer = visitor.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": READY})


def test_readyz_returns_503_without_tables(tmp_path: Path) -> None:
    with people_in_process(f"sqlite:///{tmp_path}/empty.db") as empty:
        assert empty.api.get("/healthz").status_code == 200
        answer = empty.api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": READY | {"migrations": "empty: run `notifier db upgrade`"}}


def test_readyz_returns_503_without_database() -> None:
    with people_in_process("postgresql+psycopg://nobody@127.0.0.1:1/nothing") as unreachable:
        assert unreachable.api.get("/healthz").status_code == 200
        answer = unreachable.api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"].keys() == READY.keys()
    assert answer.json()["checks"]["database"] != "ok"
    assert "127.0.0.1" not in answer.text


def test_readyz_reports_missing_assets_but_is_ready(
    people: People, visitor: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people.app, "static_folder", str(tmp_path))

    answer = visitor.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"]["assets"] == f"missing {', '.join(assets.VENDOR)}: run `make setup`"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_metrics_are_open_to_loopback(visit: Visit, address: str) -> None:
    answer = visit(address=address).get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "sse_connections_total" in {family.name for family in text_string_to_metric_families(answer.text)}


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", ""])
@pytest.mark.security("S57")
def test_metrics_look_unknown_to_other_addresses(visit: Visit, address: str) -> None:
    for accepted in ("application/json", "text/html"):
        answer, nothing = (visit(address=address).get(path, headers={"Accept": accepted}) for path in ("/metrics", "/nothing"))
        assert (answer.status_code, answer.headers["content-type"], answer.text) == (404, nothing.headers["content-type"], nothing.text)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_forwarded_request_is_not_loopback(visitor: httpx.Client, header: str) -> None:
    assert visitor.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("given", ["127.0.0.1", "192.0.2.1", "unknown", "127.0.0.1:80", "", "::1", "<script>"])
def test_forged_forwarded_address_does_not_open_metrics(behind_a_proxy: httpx.Client, given: str) -> None:
    assert behind_a_proxy.get("/metrics", headers={"X-Forwarded-For": given}).status_code == 404


def test_sign_in_works_with_unusable_forwarded_address(behind_a_proxy: httpx.Client) -> None:
    body = {"username": "nobody", "password": "wrong horse"}

    assert behind_a_proxy.post("/api/auth/login", json=body, headers={"X-Forwarded-For": "unknown"}).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_metrics_token_opens_metrics_from_any_address(visit: Visit, scheme: str) -> None:
    answer = visit(address="192.0.2.1").get("/metrics", headers={"Authorization": f"{scheme} {TOKEN}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN.upper()}"])
def test_wrong_metrics_token_returns_404(visit: Visit, given: str) -> None:
    assert visit(address="192.0.2.1").get("/metrics", headers={"Authorization": given}).status_code == 404


def test_without_metrics_token_setting_no_token_is_accepted(people: People) -> None:
    with people_in_process(people.app.config["DATABASE_URL"]) as untokened:
        transport = httpx.WSGITransport(untokened.app, remote_addr="192.0.2.1")
        with httpx.Client(base_url="http://localhost", transport=transport) as visitor:
            assert visitor.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
            assert visitor.get("/metrics").status_code == 404


@pytest.mark.security("S57")
def test_metrics_contain_no_user_names(visitor: httpx.Client, alice_name: str) -> None:
    assert alice_name not in visitor.get("/metrics").text
