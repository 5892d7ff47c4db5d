"""Other servers than `notifier serve`: with gevent workers they stream, without they refuse."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.api_client import Person, problem
from tests.databases import Databases
from tests.servers import Executed
from tests.site import Site, open_site
from tests.waiting import eventually


class PlainGevent(Executed):
    def serving(self) -> list[str]:
        bind = f"127.0.0.1:{self.port}"
        return [sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--bind", bind, "notifier:create_app()"]


class FlaskRun(Executed):
    def serving(self) -> list[str]:
        return [sys.executable, "-m", "flask", "--app", "notifier", "run", "--port", str(self.port)]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module", params=[PlainGevent, FlaskRun])
def site(request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"HEARTBEAT_SECONDS": 0.3}
    with databases.fresh() as url, open_site(request.param(url, tmp_path_factory.mktemp("other"), settings=settings)) as site:
        yield site


plain_gevent = pytest.mark.parametrize("site", [PlainGevent], indirect=True)
flask_run = pytest.mark.parametrize("site", [FlaskRun], indirect=True)


@plain_gevent
def test_plain_gevent_worker_streams_the_same_events(alice: Person, dana: Person) -> None:
    stream = alice.connected()
    sent = dana.send(alice)["id"]
    assert stream.until("notification").json["id"] == sent
    alice.patch(f"/api/notifications/{sent}", json={"status": "read"})
    assert stream.until("state").json["changed"] == [{"id": sent, "status": "read"}]
    assert stream.until("heartbeat").json["seq"] == 2


@plain_gevent
def test_plain_gevent_worker_sends_the_same_headers(alice: Person) -> None:
    stream = alice.connected()
    names = ("content-type", "cache-control", "connection", "x-accel-buffering", "transfer-encoding")
    assert [stream.headers.get(name) for name in names] == ["text/event-stream", "no-cache", "keep-alive", "no", "chunked"]


@plain_gevent
def test_plain_gevent_worker_resumes_by_cursor(alice: Person, dana: Person) -> None:
    cursor = alice.connected().events[0].id
    sent = [dana.send(alice, title=str(number))["id"] for number in range(3)]
    stream = alice.connected(last_event_id=cursor)
    assert [stream.until("notification").json["id"] for _ in sent] == sent


@plain_gevent
def test_plain_gevent_worker_notices_disconnects(site: Site, alice: Person) -> None:
    alice.connected().close()
    eventually(lambda: site.server.metric("sse_connections_total") == 0, within=2.0)


@flask_run
def test_server_without_gevent_refuses_streams_with_a_hint(alice: Person) -> None:
    refusal = problem(alice.stream(), 503)
    assert "notifier serve" in refusal["detail"]


@flask_run
def test_server_without_gevent_answers_everything_else(alice: Person, dana: Person) -> None:
    sent = dana.send(alice)["id"]
    assert [item["id"] for item in alice.get("/api/notifications").json()] == [sent]
