"""The JSON stream, read back by an independent parser."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.web.events.json import EVENTS, JsonEvents
from tests.sse import Event, Parser

EPOCH = "5f0c2a91"
SESSION = SimpleNamespace(public_id="job-7", status="uploading", progress=45, message="m", updated_at=datetime(2026, 1, 1, tzinfo=UTC))
HEAD = Page(seq=20, unread=3, floor=0, behind=0, access=0)


def test_connected_carries_the_cursor_the_stream_starts_from() -> None:
    (event,) = parsed(JsonEvents().connected("alice's id", EPOCH, 7, HEAD))

    assert (event.name, event.id, event.retry) == ("connected", f"{EPOCH}-7", 1000)
    assert event.json | {"timestamp": ""} == {"user_id": "alice's id", "timestamp": "", "seq": 7, "unread_count": 3}


def test_connected_before_a_reset_has_no_id() -> None:
    (event,) = parsed(JsonEvents().connected("alice's id", EPOCH, None, HEAD))

    assert event.id is None
    assert event.json["seq"] == 20


def test_reset_continues_at_the_head() -> None:
    (event,) = parsed(JsonEvents().reset(EPOCH, HEAD))

    assert (event.name, event.id, event.json) == ("reset", f"{EPOCH}-20", {"seq": 20, "unread_count": 3})


def test_heartbeat_carries_the_seq_and_no_id() -> None:
    (event,) = parsed(JsonEvents().heartbeat(20, 3, 2))

    assert (event.name, event.id) == ("heartbeat", None)
    assert event.json | {"timestamp": ""} == {"timestamp": "", "connections": 2, "seq": 20, "unread_count": 3}


def test_bye_carries_reason_and_retry() -> None:
    (event,) = parsed(JsonEvents().bye("shutdown", 1500))

    assert (event.name, event.id, event.retry) == ("bye", None, 1500)
    assert event.json == {"reason": "shutdown", "retry_ms": 1500}


def test_notification_carries_all_fields_of_the_message() -> None:
    (event,) = changes(Change(seq=8, body_seq=8, status="unread", message_id=1))

    assert (event.name, event.id) == ("notification", f"{EPOCH}-8")
    assert event.json == {
        "seq": 8,
        "unread_count": 3,
        "status": "unread",
        "quiet": False,
        "arrival": None,
        "answer": None,
        "id": "id-1",
        "type": "video_complete",
        "priority": "high",
        "title": "Video Ready!",
        "message": "Line one\nline two",
        "metadata": {"content_id": "7"},
        "actions": [{"label": "Watch Now", "url": "/video/7"}],
        "image_url": None,
        "related_session_id": None,
        "collapse_key": None,
        "thread": None,
        "created_at": "2026-01-01T10:00:00.000Z",
        "expires_at": None,
    }


@pytest.mark.parametrize(
    ("body_seq", "status", "name"),
    [(8, "unread", "notification"), (8, "read", "notification"), (8, "archived", "notification"), (8, "deleted", "state")]
    + [(7, status, "state") for status in ("unread", "read", "archived", "deleted")],
)
def test_new_content_is_a_notification_unless_deleted(body_seq: int, status: str, name: str) -> None:
    (event,) = changes(Change(9, body_seq, status, 1), after=7)

    assert event.name == name


@pytest.mark.security("S18")
def test_events_have_exactly_the_fields_of_their_models() -> None:
    renderer, progress = JsonEvents(), Session(12, False, EPOCH, SESSION)
    snapshot = snapshot_of(1, 2)
    data = renderer.connected("alice's id", EPOCH, 7, HEAD) + renderer.reset(EPOCH, HEAD) + renderer.heartbeat(20, 3, 2)
    data += renderer.changes([Change(8, 8, "unread", 1), Change(9, 1, "read", 2)], 7, HEAD, snapshot)
    data += renderer.progress(progress) + renderer.bye("shutdown", 1500)

    events = parsed(data)

    assert {event.name for event in events} == EVENTS.keys() - {"unreadable"}
    for event in events:
        model = EVENTS[event.name].model
        assert list(event.json) == list(model.model_fields)
        model.model_validate_json(event.data)


def test_state_lists_ids_and_statuses() -> None:
    (event,) = changes(Change(9, 1, "read", 1), Change(9, 2, "archived", 2))

    assert event.json == {"seq": 9, "unread_count": 3, "changed": [{"id": "id-1", "status": "read"}, {"id": "id-2", "status": "archived"}]}


def test_only_the_last_event_of_a_seq_has_an_id() -> None:
    events = changes(Change(8, 8, "unread", 1), Change(9, 1, "read", 2), Change(9, 9, "unread", 3), Change(9, 9, "unread", 4))

    assert [(event.name, event.id) for event in events] == [
        ("notification", f"{EPOCH}-8"),
        ("state", None),
        ("notification", None),
        ("notification", f"{EPOCH}-9"),
    ]


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(-2, 2), st.sampled_from(["unread", "read", "archived", "deleted"])), max_size=12))
def test_every_change_occurs_once_in_order_and_every_seq_ends_in_its_id(drawn: list[tuple[int, int, str]]) -> None:
    rows = [Change(7 + step, 7 + min(newer, step), status, message) for message, (step, newer, status) in enumerate(sorted(drawn))]

    events = changes(*rows)

    assert sorted(id for event in events for id in ids(event)) == sorted(f"id-{row.message_id}" for row in rows)
    assert [event.json["seq"] for event in events] == sorted(event.json["seq"] for event in events)
    last_of_each_seq = {event.json["seq"]: event for event in events}.values()
    assert [event for event in events if event.id] == list(last_of_each_seq)


@given(text=st.text(st.characters(codec="utf-8") | st.sampled_from("\r\n\0\u2028\u2029\x85\x0b\x1e")))
def test_any_text_is_one_data_line(text: str) -> None:
    snapshot = snapshot_of(1)
    snapshot.messages[1].title = text

    data = JsonEvents().changes([Change(8, 8, "unread", 1)], 7, HEAD, snapshot)

    (event,) = parsed(data)
    assert event.json["title"] == text
    assert data.count(b"\ndata: ") == 1


def test_json_is_compact_and_in_ascii() -> None:
    snapshot = snapshot_of(1)
    snapshot.messages[1].title = "Déjà vu \u2028 \x85 \U0001f600"

    data = JsonEvents().changes([Change(8, 8, "unread", 1)], 7, HEAD, snapshot)

    assert rb'"title":"D\u00e9j\u00e0 vu \u2028 \u0085 \ud83d\ude00","message"' in data


def test_message_is_rendered_once_for_all_at_whom_it_arrived_alike() -> None:
    snapshot = snapshot_of(1)
    first = JsonEvents().changes([Change(8, 8, "unread", 1)], 7, HEAD, snapshot)
    quiet = JsonEvents().changes([Change(6, 6, "unread", 1, quiet=True)], 5, HEAD, snapshot)
    snapshot.messages = {1: None}

    second = JsonEvents().changes([Change(5, 5, "unread", 1)], 4, Page(5, 0, 0, 0, behind=1), snapshot)

    assert [event.json for event in parsed(second)] == [event.json | {"seq": 5, "unread_count": 0} for event in parsed(first)]
    assert [event.json for event in parsed(quiet)] == [event.json | {"seq": 6, "quiet": True} for event in parsed(first)]


def changes(*rows: Change, after: int = 7) -> list[Event]:
    return parsed(JsonEvents().changes(rows, after, HEAD, snapshot_of(*(row.message_id for row in rows))))


def snapshot_of(*message_ids: int) -> Snapshot:
    return Snapshot(EPOCH, {}, {number: message(number) for number in message_ids})


def message(number: int) -> SimpleNamespace:
    return SimpleNamespace(
        public_id=f"id-{number}",
        type="video_complete",
        priority="high",
        title="Video Ready!",
        text="Line one\nline two",
        metadata={"content_id": "7"},
        actions=[{"label": "Watch Now", "url": "/video/7"}],
        image_url=None,
        related_session_id=None,
        collapse_key=None,
        thread=None,
        created_at=datetime(2026, 1, 1, 10, tzinfo=UTC),
        expires_at=None,
    )


def ids(event: Event) -> list[str]:
    return [event.json["id"]] if event.name == "notification" else [change["id"] for change in event.json["changed"]]


def parsed(data: bytes) -> list[Event]:
    parser = Parser()
    parser.feed(data)
    return parser.events
