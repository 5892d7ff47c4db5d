"""The streams of older systems, read back by an independent parser."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.realtime import safe_rendering
from notifier.realtime.ports import Renderer
from notifier.realtime.snapshot import Change, Page, Snapshot
from notifier.realtime.sse import Cursor
from notifier.web.events.legacy import NotifyHubEvents, VividlyEvents
from tests.sse import Event, Parser

EPOCH = "5f0c2a91"
HEAD = Page(seq=20, unread=3, floor=0, behind=0, access=0)
ALICE = VividlyEvents("alice's id")
RENDERERS = pytest.mark.parametrize("renderer", [NotifyHubEvents(), ALICE], ids=lambda renderer: type(renderer).__name__)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)


def message(number: int = 1, **fields: Any) -> Any:
    columns = {
        "public_id": f"id-{number}",
        "type": "info",
        "title": "Title",
        "text": "",
        "metadata": {},
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return SimpleNamespace(**columns | fields)


def parsed(data: bytes) -> list[Event]:
    parser = Parser()
    parser.feed(data)
    return parser.events


def changes(renderer: Any, *given: Change, after: int = 0, **fields: Any) -> list[Event]:
    snapshot = Snapshot(EPOCH, {}, {change.message_id: message(change.message_id, **fields) for change in given})
    return parsed(renderer.changes(given, after, HEAD, snapshot))


@RENDERERS
def test_only_the_last_event_of_a_seq_has_an_id(renderer: Any) -> None:
    events = changes(
        renderer, Change(7, 7, "unread", 1), Change(8, 8, "unread", 2), Change(8, 8, "unread", 3), Change(8, 3, "read", 4), after=6
    )

    assert [event.id for event in events] == [f"{EPOCH}-7", None, f"{EPOCH}-8"]


@RENDERERS
@pytest.mark.parametrize("status", ["archived", "deleted"])
def test_archived_or_deleted_notifications_are_left_out(renderer: Any, status: str) -> None:
    assert changes(renderer, Change(8, 8, status, 1)) == []


@RENDERERS
def test_status_changes_are_left_out(renderer: Any) -> None:
    assert changes(renderer, Change(8, 3, "read", 1), after=5) == []


@RENDERERS
def test_bye_is_only_a_retry(renderer: Any) -> None:
    parser = Parser()
    parser.feed(renderer.bye("shutdown", 1500))

    assert (parser.events, parser.retry) == ([], 1500)


def test_each_update_in_place_has_an_id_of_its_own() -> None:
    first, second = changes(NotifyHubEvents(), Change(8, 8, "unread", 1, "an-id"), Change(9, 9, "unread", 2, "an-id"))

    assert [first.json["id"], second.json["id"]] == ["an-id.8", "an-id.9"]
    assert changes(NotifyHubEvents(), Change(12, 8, "read", 1, "an-id"))[0].json["id"] == "an-id.8"


def test_what_comes_back_has_another_id_than_before() -> None:
    """Clients were not notified that it was gone."""
    new = Change(8, 8, "unread", 1, position=8)
    restored, woken = new._replace(seq=9, body_seq=9), new._replace(seq=10, body_seq=10, position=10, snoozed_until=datetime.now(UTC))

    events = changes(NotifyHubEvents(), new, restored, woken)

    assert [event.json["id"] for event in events] == ["id-1", "id-1.9", "id-1.10"]


def test_update_in_place_has_the_seq_of_each_recipient() -> None:
    snapshot = Snapshot(EPOCH, {}, {1: message()})
    both = [NotifyHubEvents().changes([Change(seq, seq, "unread", 1, "an-id")], 0, HEAD, snapshot) for seq in (8, 5)]

    assert [parsed(data)[0].json["id"] for data in both] == ["an-id.8", "an-id.5"]


def test_init_is_one_event_with_the_cursor_of_its_list() -> None:
    (event,) = parsed(NotifyHubEvents.init([message(2, text="two\nlines"), message(1)], Cursor(EPOCH, 7), 10_000))

    assert (event.name, event.id, event.retry) == ("init", f"{EPOCH}-7", 1000)
    assert [(entry["id"], entry["message"]) for entry in event.json] == [("id-2", "two\nlines"), ("id-1", "Title")]


@given(st.lists(st.text(min_size=1, max_size=40), max_size=8), st.integers(0, 1500))
def test_init_holds_as_many_of_the_newest_as_fit(texts: list[str], most_bytes: int) -> None:
    items = [message(number, text=text) for number, text in enumerate(texts)]
    whole = parsed(NotifyHubEvents.init(items, Cursor(EPOCH, 7), 10**9))[0]

    data = NotifyHubEvents.init(items, Cursor(EPOCH, 7), most_bytes)

    shown = parsed(data)[0].json
    assert shown == whole.json[: len(shown)]
    assert len(data) <= most_bytes + 100
    if len(shown) < len(items):
        one_more = json.dumps(whole.json[: len(shown) + 1], separators=(",", ":"))
        assert len(one_more) > most_bytes


@given(st.dictionaries(st.text(), JSON, max_size=4), st.text(min_size=1))
def test_vividly_message_is_one_line_of_json(metadata: dict[str, Any], title: str) -> None:
    (event,) = changes(ALICE, Change(8, 8, "unread", 1), metadata=metadata, title=title, type="video_complete")

    assert event.name == "message"
    assert event.json == {
        "type": "video_complete",
        "user_id": "alice's id",
        "payload": metadata | {"title": title},
        "timestamp": "2026-01-01T00:00:00.000Z",
    }


def test_shared_bytes_hold_no_user_id() -> None:
    snapshot = Snapshot(EPOCH, {}, {1: message()})
    change = Change(8, 8, "unread", 1)

    both = [parsed(VividlyEvents(name).changes([change], 0, HEAD, snapshot))[0].json["user_id"] for name in ("alice", "bob")]

    assert both == ["alice", "bob"]


def test_reset_is_a_message_for_vividly_and_nothing_for_notifyhub() -> None:
    (event,) = parsed(ALICE.reset(EPOCH, HEAD))

    assert (event.name, event.id, event.json["type"]) == ("message", f"{EPOCH}-20", "reset")
    notifyhub: Renderer = NotifyHubEvents()
    assert notifyhub.reset(EPOCH, HEAD) is None


@RENDERERS
def test_a_row_that_cannot_be_rendered_costs_only_its_own_event(renderer: Any) -> None:
    read_elsewhere, bad, good = Change(7, 3, "read", 1), Change(7, 7, "unread", 2), Change(8, 8, "unread", 3)
    snapshot = Snapshot(EPOCH, {}, {1: message(1), 3: message(3)})

    events = parsed(safe_rendering.changes(renderer, [read_elsewhere, bad, good], 6, HEAD, snapshot, most_bytes=10_000))

    assert [event.name == "unreadable" for event in events] == [True, False]
    assert events[-1].id == f"{EPOCH}-8"
