"""Contract with the clients of the session stream, point by point, with the deliberate differences."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page

from notifier.client import Client
from tests.api_client import Person, problem
from tests.conftest import Serve
from tests.contract.browser_client import listen, received, sign_in
from tests.contract.other_clients import CLIENTS, Listener, ReceivedEvent, npm_eventsource, undici
from tests.databases import Databases
from tests.servers.notifier import ROOT
from tests.sessions import begin, move, watch
from tests.site import Site
from tests.waiting import eventually

NAMES = ("progress", "complete")


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"KEEPALIVE_SECONDS": 0.3, "HEARTBEAT_SECONDS": 0.3}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: these tests check the format, and the delivery tests run on both databases."""
    return sqlite_databases


def stream_of(session: str) -> str:
    return f"/api/sessions/{session}/status/stream"


def test_stream_sends_progress_then_complete_then_ends(alice: Person, dana: Person) -> None:
    session = begin(dana, alice)
    stream = watch(alice, session)
    assert stream.next().json["status"] == "pending"
    move(dana, session, "transcribing", 45, message="second pass")
    progress = stream.next()
    move(dana, session, "processed")
    complete = stream.next()

    assert (progress.name, progress.json.keys()) == ("progress", {"session_id", "status", "progress", "message", "updated_at"})
    assert [progress.json[name] for name in ("session_id", "status", "progress", "message")] == [session, "transcribing", 45, "second pass"]
    assert complete.name == "complete"
    assert [complete.json[name] for name in ("status", "progress", "message")] == ["processed", 100, "Session processing complete"]
    assert stream.wait_closed() and stream.ended_cleanly


def test_stream_sends_progress_then_error_then_ends(alice: Person, dana: Person) -> None:
    session = begin(dana, alice)
    stream = watch(alice, session)
    move(dana, session, "transcribing", 45)
    stream.until(lambda event: event.json["progress"] == 45)
    move(dana, session, "failed", error="disk full", message="It did not work")
    error = stream.next()

    assert error.name == "error"
    assert [error.json[name] for name in ("status", "progress", "error", "message")] == ["failed", 45, "disk full", "It did not work"]
    assert stream.wait_closed() and stream.ended_cleanly


@pytest.mark.parametrize("version", ["/api", "/api/v1"])
def test_errors_are_answered_before_the_stream_starts(site: Site, alice: Person, carol: Person, dana: Person, version: str) -> None:
    path = stream_of(begin(dana, alice)).replace("/api", version, 1)

    problem(site.api.get(path), 401, "token_missing")
    problem(carol.stream(path), 403, "forbidden")
    problem(alice.stream(path.replace(path.split("/sessions/")[1].split("/")[0], "no-such-session")), 404, "not_found")


def test_permission_to_watch(site: Site, alice: Person, bob: Person, carol: Person, dana: Person, admin: Person) -> None:
    """The owner, a viewer, a manager of the owner's group, and an admin may watch."""
    site.group("practice", bob, manager=carol)
    session = begin(dana, bob, viewers=[alice.name])

    for person in (bob, alice, carol, admin):
        assert watch(person, session).next().json["session_id"] == session


def test_only_comments_between_events(alice: Person, dana: Person) -> None:
    stream = watch(alice, begin(dana, alice))
    stream.next()
    eventually(lambda: stream.receive(0.1) and len(stream.comments) >= 3)

    assert {comment.text for comment in stream.comments} == {"heartbeat"}
    assert len(stream.events) == 1


def test_updates_are_limited_to_four_a_second_and_the_last_is_kept(alice: Person, dana: Person) -> None:
    session = begin(dana, alice)
    stream = watch(alice, session)
    stream.next()
    start = time.monotonic()
    for percent in range(1, 100):
        move(dana, session, "working", percent)
    stream.until(lambda event: event.json["progress"] == 99)

    assert len(stream.events) <= 4 * (time.monotonic() - start) + 3


def test_requests_client_reads_to_the_end(site: Site, alice: Person, dana: Person) -> None:
    """The same loop as in the older system's clients."""
    session = begin(dana, alice)
    seen: list[int] = []

    def read() -> None:
        with requests.get(
            site.url + stream_of(session), headers={"Authorization": f"Bearer {alice.token}"}, stream=True, timeout=15
        ) as answer:
            for line in answer.iter_lines(decode_unicode=True):
                if line.startswith("data:"):
                    data = json.loads(line[5:])
                    seen.append(data["progress"])

    reader = threading.Thread(target=read)
    reader.start()
    eventually(lambda: seen == [0])
    move(dana, session, "working", 45)
    eventually(lambda: seen == [0, 45])
    move(dana, session, "processed")
    reader.join(15)

    assert seen == [0, 45, 100]


@CLIENTS
def test_other_clients_read_to_the_end(client: Any, site: Site, alice: Person, dana: Person) -> None:
    session = begin(dana, alice)
    with client(site.url + stream_of(session), alice.token, *NAMES) as listener:
        assert listener.until("progress").json["progress"] == 0
        move(dana, session, "working", 45)
        assert listener.until("progress").json["progress"] == 45
        move(dana, session, "processed")
        assert listener.until("complete").json["progress"] == 100


@pytest.mark.parametrize("client", [npm_eventsource, undici], ids=lambda client: client.__name__)
def test_reconnect_after_the_end_returns_204(client: Any, site: Site, alice: Person, dana: Person) -> None:
    """An EventSource reconnects after any end, and stops at status 204."""
    session = begin(dana, alice)
    move(dana, session, "processed")
    with client(site.url + stream_of(session), alice.token, *NAMES) as listener:
        listener.until("complete")
        assert listener.until(_stopped)


def _stopped(event: ReceivedEvent) -> bool:
    return event.name == "error" and (event.data.startswith("204") or event.data == "closed")


def test_chromium_stops_at_the_end(site: Site, alice: Person, dana: Person, page: Page) -> None:
    session = begin(dana, alice)
    sign_in(page, site, alice.name)
    page.goto(f"{site.url}/healthz")
    listen(page, stream_of(session), *NAMES)
    received(page, "progress")
    move(dana, session, "processed")

    assert '"progress":100' in received(page, "complete")[0]["data"]
    page.wait_for_function("() => window.source.readyState === EventSource.CLOSED")


def test_chromium_distinguishes_session_errors_from_connection_errors(site: Site, alice: Person, dana: Person, page: Page) -> None:
    session = begin(dana, alice)
    move(dana, session, "failed", error="disk full")
    sign_in(page, site, alice.name)
    page.goto(f"{site.url}/healthz")
    listen(page, stream_of(session), "error")

    page.wait_for_function("() => window.source.readyState === EventSource.CLOSED")
    texts = [event["data"] for event in received(page, "error", 2)]
    assert '"error":"disk full"' in texts[0]
    assert not texts[1]


def test_watchers_resume_after_a_restart(serve: Serve) -> None:
    site = serve()
    alice, dana = site.person("alice"), site.person("dana", "sender")
    session = begin(dana, alice)
    with npm_eventsource(site.url + stream_of(session), alice.token, *NAMES) as listener:
        move(dana, session, "working", 45)
        listener.until(lambda event: event.json["progress"] == 45)
        site.server.restart()
        move(dana, session, "processed")
        assert listener.until("complete").json["progress"] == 100


@pytest.fixture
def progress(alice: Person) -> Iterator[Listener]:
    """The `progress` and `notification` events of alice's own stream."""
    stream, over = alice.connected(), threading.Event()

    def events() -> Iterator[ReceivedEvent]:
        while not over.is_set():
            for event in stream.read_for(0.1):
                if event.name in ("progress", "notification"):
                    yield ReceivedEvent(event.name, event.data, event.id or "")

    listener = Listener(events())
    yield listener
    over.set()
    listener.join()


def test_python_client_reports_a_job(site: Site, alice: Person, dana: Person, progress: Listener) -> None:
    with Client(site.url, dana.token) as client, client.session("Transcode talk.mp3", owner=alice.name, type="video_complete") as session:
        session.report(45, "second pass")
        event = progress.until(lambda event: event.name == "progress" and event.json["progress"] == 45)
        assert (event.json["session_id"], event.json["message"]) == (session.id, "second pass")

    end = progress.until(lambda event: event.name == "notification" and event.json["type"] == "video_complete")
    assert (end.json["title"], end.json["related_session_id"]) == ("Transcode talk.mp3", session.id)


def test_job_that_raises_is_reported_as_failed(site: Site, alice: Person, dana: Person) -> None:
    with Client(site.url, dana.token) as client, pytest.raises(RuntimeError), client.session("Transcode", owner=alice.name) as session:
        session.report(45)
        raise RuntimeError("disk full")

    now = alice.get(f"/api/sessions/{session.id}").json()
    assert (now["status"], now["progress"], now["error"]) == ("failed", 45, "disk full")


@pytest.mark.parametrize(("code", "type"), [(0, "session_complete"), (3, "session_failed")])
def test_run_command_is_reported_to_its_end(site: Site, alice: Person, progress: Listener, code: int, type: str) -> None:
    script = f"echo 45%; read go; echo the last line; exit {code}"
    command = [sys.executable, "-m", "notifier", "run", "--title", "Transcode", "--to", alice.name, "--port", str(site.server.port)]
    with subprocess.Popen(
        [*command, "--", "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=site.server.environment()
    ) as child:
        progress.until(lambda event: event.name == "progress" and event.json["progress"] == 45)
        out, _ = child.communicate(b"go on\n", timeout=30)

    assert (child.returncode, out) == (code, b"45%\nthe last line\n")
    end = progress.until(lambda event: event.name == "notification" and event.json["type"] == type)
    assert end.json["title"] == "Transcode"
