"""For those who run it: alive, ready, and what is counted, which is not for everybody."""

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
TOKEN = "a token to look at metrics, for these tests"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"METRICS_TOKEN": TOKEN}


@pytest.fixture
def behind_a_proxy(people: People) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        proxied = stack.enter_context(people_in_process(people.app.config["DATABASE_URL"], TRUSTED_PROXIES=1, METRICS_TOKEN=TOKEN))
        yield stack.enter_context(httpx.Client(base_url="http://localhost", transport=httpx.WSGITransport(proxied.app)))


def test_alive(visitor: httpx.Client) -> None:
    answer = visitor.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready(visitor: httpx.Client) -> None:
    answer = visitor.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": READY})


def test_a_database_without_tables_is_alive_and_not_ready(tmp_path: Path) -> None:
    with people_in_process(f"sqlite:///{tmp_path}/empty.db") as nobody:
        assert nobody.api.get("/healthz").status_code == 200
        answer = nobody.api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": READY | {"migrations": "empty: run `notifier db upgrade`"}}


def test_a_database_that_is_not_there_is_alive_and_not_ready() -> None:
    with people_in_process("postgresql+psycopg://nobody@127.0.0.1:1/nothing") as nobody:
        assert nobody.api.get("/healthz").status_code == 200
        answer = nobody.api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"].keys() == READY.keys()
    assert answer.json()["checks"]["database"] != "ok"
    assert "127.0.0.1" not in answer.text


def test_without_what_the_setup_fetches_it_is_ready_and_says_so(
    people: People, visitor: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people.app, "static_folder", str(tmp_path))

    answer = visitor.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"]["assets"] == f"missing {', '.join(assets.VENDOR)}: run `make setup`"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_sees_what_is_counted(visit: Visit, address: str) -> None:
    answer = visit(address=address).get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "sse_connections_total" in {family.name for family in text_string_to_metric_families(answer.text)}


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", ""])
def test_to_others_there_is_nothing_to_see(visit: Visit, address: str) -> None:
    for accepted in ("application/json", "text/html"):
        answer, nothing = (visit(address=address).get(path, headers={"Accept": accepted}) for path in ("/metrics", "/nothing"))
        assert (answer.status_code, answer.headers["content-type"], answer.text) == (404, nothing.headers["content-type"], nothing.text)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_who_comes_through_a_proxy_is_not_this_machine(visitor: httpx.Client, header: str) -> None:
    assert visitor.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("given", ["127.0.0.1", "192.0.2.1", "unknown", "127.0.0.1:80", "", "::1", "<script>"])
def test_a_trusted_proxy_cannot_be_talked_into_it(behind_a_proxy: httpx.Client, given: str) -> None:
    assert behind_a_proxy.get("/metrics", headers={"X-Forwarded-For": given}).status_code == 404


def test_whatever_a_proxy_says_of_the_address_one_can_sign_in(behind_a_proxy: httpx.Client) -> None:
    body = {"username": "nobody", "password": "wrong horse"}

    assert behind_a_proxy.post("/api/auth/login", json=body, headers={"X-Forwarded-For": "unknown"}).status_code == 401


def test_the_token_opens_them_from_anywhere(visit: Visit) -> None:
    answer = visit(address="192.0.2.1").get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN.upper()}"])
def test_another_token_does_not(visit: Visit, given: str) -> None:
    assert visit(address="192.0.2.1").get("/metrics", headers={"Authorization": given}).status_code == 404


def test_without_a_token_of_its_own_the_server_takes_none(people: People) -> None:
    with people_in_process(people.app.config["DATABASE_URL"]) as untokened:
        transport = httpx.WSGITransport(untokened.app, remote_addr="192.0.2.1")
        with httpx.Client(base_url="http://localhost", transport=transport) as visitor:
            assert visitor.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
            assert visitor.get("/metrics").status_code == 404


def test_what_is_counted_names_nobody(visitor: httpx.Client, alice_name: str) -> None:
    assert alice_name not in visitor.get("/metrics").text
