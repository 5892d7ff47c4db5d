"""Contract with NotifyHub's clients, point by point, with the deliberate differences."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page

from notifier.services.streams import kill_switch
from tests.api_client import Person, problem
from tests.conftest import Serve
from tests.contract.browser_client import listen, received, sign_in
from tests.contract.other_clients import npm_eventsource
from tests.databases import Databases
from tests.servers.notifier import ROOT
from tests.site import Site
from tests.sse import Stream

EVENTS = "/events"
HEARTBEAT = 0.5
KEPT = 4


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": HEARTBEAT, "STREAM_BACKLOG_BYTES": 8192, "INBOX_MAX": KEPT}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: these tests check the format, and the delivery tests run on both databases."""
    return sqlite_databases


def open_stream(person: Person, **kwargs: Any) -> tuple[Stream, list[dict[str, str]]]:
    """Open a user's stream and return it with the list of its `init` event."""
    stream = person.stream(EVENTS, **kwargs)
    first = stream.next()
    assert first.name == "init", first
    return stream, first.json


def messages(entries: list[dict[str, str]]) -> list[str]:
    return [entry["message"] for entry in entries]


def test_init_lists_notifications_newest_first(alice: Person, dana: Person) -> None:
    first, second = (dana.send(alice, title="Title", message=text)["id"] for text in ("one", "two"))

    _, entries = open_stream(alice)

    assert [(entry["id"], entry["message"]) for entry in entries] == [(second, "two"), (first, "one")]
    assert all(entry.keys() == {"id", "message", "timestamp"} for entry in entries)


def test_init_of_an_empty_inbox_is_an_empty_list(alice: Person) -> None:
    assert open_stream(alice)[1] == []


def test_new_notifications_arrive_with_three_fields(alice: Person, dana: Person) -> None:
    stream, _ = open_stream(alice)

    sent = dana.send(alice, title="Title", message="text\nof two lines")["id"]

    event = stream.until("notification")
    listed = alice.get("/api/notifications").json()[0]
    assert event.json == {"id": sent, "message": "text\nof two lines", "timestamp": listed["timestamp"]}


def test_title_replaces_an_empty_message(alice: Person, dana: Person) -> None:
    stream, _ = open_stream(alice)
    dana.send(alice, title="Only a title")

    assert stream.until("notification").json["message"] == "Only a title"
    assert messages(open_stream(alice)[1]) == ["Only a title"]


@pytest.mark.parametrize("cursor", ["none", "last", "useless"])
def test_each_connection_starts_with_init_without_repeats(alice: Person, dana: Person, cursor: str) -> None:
    stream, _ = open_stream(alice)
    dana.send(alice, title="one")
    last = stream.until("notification").id
    stream.close()
    dana.send(alice, title="two")

    again, entries = open_stream(alice, last_event_id={"none": None, "last": last, "useless": "what?"}[cursor])

    assert messages(entries) == ["two", "one"]
    dana.send(alice, title="three")
    assert again.until("notification").json["message"] == "three"
    assert [event.name for event in again.events if event.name != "heartbeat"] == ["init", "notification"]


def test_update_in_place_has_an_id_of_its_own(alice: Person, dana: Person) -> None:
    stream, _ = open_stream(alice)
    texts = ("1 of 2", "2 of 2")
    ids = [dana.send(alice, title=text, collapse_key="upload")["id"] for text in texts]
    first = stream.until("notification").json
    if first["message"] == texts[0]:
        updated = stream.until("notification").json
        assert first["id"] == ids[0]
    else:
        updated = first

    assert (updated["message"], updated["id"]) == ("2 of 2", f"{ids[0]}.2")
    assert [(entry["id"], entry["message"]) for entry in open_stream(alice)[1]] == [(ids[0], "2 of 2")]


def test_list_of_a_new_user_omits_what_was_sent_to_all_before(site: Site, alice: Person, dana: Person) -> None:
    dana.send("all", title="before they joined")
    late = site.person("late")
    dana.send("all", title="after they joined")

    assert messages(open_stream(late)[1]) == ["after they joined"]


def test_archived_and_deleted_ones_are_omitted(alice: Person, dana: Person) -> None:
    ids = [dana.send(alice, title=title)["id"] for title in ("archived", "deleted", "kept")]
    stream, _ = open_stream(alice)
    alice.patch(f"/api/notifications/{ids[0]}", json={"status": "archived"})
    alice.delete(f"/api/notifications/{ids[1]}")
    dana.send(alice, title="the last")

    assert stream.until("notification").json["message"] == "the last"
    assert messages(open_stream(alice)[1]) == ["the last", "kept"]


def test_heartbeats_carry_a_timestamp_only(alice: Person) -> None:
    stream, _ = open_stream(alice)
    first, second = stream.until("heartbeat"), stream.until("heartbeat")

    assert first.json.keys() == {"timestamp"}
    assert second.at - first.at == pytest.approx(HEARTBEAT, abs=0.3)


def test_remaining_tabs_receive_events_after_one_has_closed(alice: Person, bob: Person, dana: Person) -> None:
    tabs = [open_stream(person)[0] for person in (alice, alice, alice, bob)]
    tabs[0].close()
    dana.send([alice.address, bob.address], title="for everybody")

    assert [tab.until("notification").json["message"] for tab in tabs[1:]] == ["for everybody"] * 3


def test_init_larger_than_the_backlog_is_cut(alice: Person, dana: Person) -> None:
    for number in range(KEPT):
        dana.send(alice, title=f"{number}", message="x" * 2500)

    stream, entries = open_stream(alice)

    assert len(entries) == 2
    dana.send(alice, title="and on it goes")
    assert stream.until("notification").json["message"] == "and on it goes"


def test_oldest_notifications_are_dropped_over_the_cap(alice: Person, dana: Person) -> None:
    for number in range(KEPT + 2):
        dana.send(alice, title=f"{number}")

    assert messages(open_stream(alice)[1]) == [f"{number}" for number in reversed(range(2, KEPT + 2))]


def test_api_list_is_a_bare_list_with_timestamps(alice: Person, dana: Person) -> None:
    sent = dana.send(alice, title="Hello")["id"]
    (item,) = alice.get("/api/notifications").json()

    assert (item["id"], item["timestamp"]) == (sent, item["created_at"])


def test_stream_needs_a_token(site: Site) -> None:
    with Stream(site.url + EVENTS) as stream:
        problem(stream, 401, "token_missing")


def test_disabled_stream_has_retry_after_and_the_list_works(site: Site, alice: Person) -> None:
    with site.elsewhere():
        kill_switch.set_streams(False)
    try:
        problem(alice.stream(EVENTS), 503, "disabled")
        assert alice.get("/api/notifications").status_code == 200
    finally:
        with site.elsewhere():
            kill_switch.set_streams(True)


def test_push_command_reaches_the_stream(site: Site, alice: Person) -> None:
    stream, _ = open_stream(alice)
    command = [sys.executable, "-m", "notifier", "push", "--port", str(site.server.port), "--to", alice.name, "Test message"]

    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=site.server.environment())

    assert stream.until("notification").json["message"] == "Test message"


def test_npm_eventsource_receives_init_and_notifications(site: Site, alice: Person, dana: Person) -> None:
    dana.send(alice, title="before")
    with npm_eventsource(site.url + EVENTS, alice.token, "init", "notification", "heartbeat") as client:
        assert messages(client.until("init").json) == ["before"]
        dana.send(alice, title="after")
        assert client.until("notification").json["message"] == "after"
        client.until("heartbeat")


def test_chromium_receives_init_and_notifications_with_its_cookie(site: Site, alice: Person, dana: Person, page: Page) -> None:
    dana.send(alice, title="before")
    sign_in(page, site, alice.name)
    page.goto(f"{site.url}/healthz")
    listen(page, EVENTS, "init", "notification", "heartbeat")

    assert '"before"' in received(page, "init")[0]["data"]
    dana.send(alice, title="after")
    assert '"after"' in received(page, "notification")[0]["data"]
    received(page, "heartbeat")
    page.evaluate("window.source.close()")


def test_clients_reconnect_after_a_restart_to_a_full_init(serve: Serve) -> None:
    site = serve()
    alice, dana = site.person("alice"), site.person("dana", "sender")
    with npm_eventsource(site.url + EVENTS, alice.token, "init", "notification") as client:
        client.until("init")
        site.server.restart()
        dana.send(alice, title="while it was away")
        assert '"while it was away"' in client.until(lambda event: event.name in ("init", "notification") and event.data != "[]").data


def test_legacy_programs_can_post(alice: Person, dana: Person) -> None:
    stream, _ = open_stream(alice)
    answer = dana.post("/api/notifications", json={"user_id": alice.id, "message": "by POST"})

    assert stream.until("notification").json["id"] == answer.json()["id"]
