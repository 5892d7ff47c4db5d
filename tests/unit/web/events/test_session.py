"""The streams of one session, as bytes."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from notifier.models.columns import now
from notifier.realtime.snapshot import Session
from notifier.web.events.json import JsonEvents
from notifier.web.events.session import SessionEvents
from tests.sse.parser import Event, Parser


def session(status: str, progress: int, *, ended: bool = False, **fields: Any) -> Session:
    row = SimpleNamespace(public_id="job-7", status=status, progress=progress, message="m", error=None, updated_at=now())
    for name, value in fields.items():
        setattr(row, name, value)
    return Session(12, ended, "5f0c2a91", row)


def parsed(data: bytes) -> Event:
    parser = Parser()
    parser.feed(data, 0.0)
    (event,) = parser.events
    return event


def test_progress_has_the_version_in_its_id() -> None:
    event = parsed(SessionEvents().progress(session("uploading", 45)))

    assert (event.name, event.id) == ("progress", "5f0c2a91-12")
    assert json.loads(event.data).keys() == {"session_id", "status", "progress", "message", "updated_at"}


def test_complete_carries_the_message_of_the_contract() -> None:
    event = parsed(SessionEvents().progress(session("processed", 100, ended=True)))

    data = json.loads(event.data)
    assert (event.name, data["status"], data["progress"], data["message"]) == ("complete", "processed", 100, "Session processing complete")


def test_error_event_carries_the_error() -> None:
    event = parsed(SessionEvents().progress(session("failed", 45, ended=True, error="disk full")))

    data = json.loads(event.data)
    assert (event.name, data["status"], data["progress"], data["error"], data["message"]) == ("error", "failed", 45, "disk full", "m")


@pytest.mark.parametrize("text", ["a\nb", "a\r\rb", "a\n\nevent: evil\ndata: x", "\u2028", "\x85"])
def test_no_message_text_ends_the_event(text: str) -> None:
    event = parsed(SessionEvents().progress(session("uploading", 45, message=text)))

    assert json.loads(event.data)["message"] == text


def test_progress_on_the_user_stream_has_no_id() -> None:
    event = parsed(JsonEvents().progress(session("uploading", 45)))

    assert (event.name, event.id) == ("progress", None)


def test_heartbeat_and_bye_are_no_events() -> None:
    renderer, parser = SessionEvents(), Parser()
    parser.feed(renderer.heartbeat(1, 2, 3) + renderer.bye("shutdown", 2400), 0.0)

    assert parser.events == []
    assert parser.retry == 2400
