"""The test client that checks the order of events notices every violation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sse import Event, Inbox
from tests.sse.track import Track

EPOCH = "5f0c2a91"


def event(name: str, cursor: int | None = None, *, epoch: str = EPOCH, **data: Any) -> Event:
    return Event(None if cursor is None else f"{epoch}-{cursor}", name, json.dumps(data), None, 0.0)


def connected(seq: int) -> Event:
    return event("connected", seq, seq=seq, unread_count=0)


def notification(seq: int, id: str, *, last: bool = True, status: str = "unread", unread: int = 1, title: str = "T") -> Event:
    item: dict[str, Any] = {"seq": seq, "unread_count": unread, "status": status, "id": id, "type": "info", "title": title, "message": "M"}
    return event("notification", seq if last else None, **item)


def state(seq: int, changed: dict[str, str], *, last: bool = True, unread: int = 0) -> Event:
    changes = [{"id": id, "status": status} for id, status in changed.items()]
    return event("state", seq if last else None, seq=seq, unread_count=unread, changed=changes)


def check(*events: Event, asked: str | None = f"{EPOCH}-4") -> None:
    track = Track(asked)
    for each in events:
        track.check(each)


def test_rising_cursors_with_gaps_are_in_order() -> None:
    check(
        connected(4),
        notification(5, "a"),
        event("heartbeat", seq=5, unread_count=1, connections=1),
        state(9, {"b": "read"}, last=False),
        notification(9, "a"),
        event("progress", session_id="x"),
        event("bye", reason="shutdown", retry_ms=100),
    )


def test_reset_continues_from_any_head() -> None:
    check(event("connected", seq=4, unread_count=0), event("reset", 2, epoch="00000000", seq=2, unread_count=0), asked="rubbish")


@pytest.mark.parametrize(
    "events",
    [
        [notification(5, "a")],
        [connected(4), connected(4)],
        [connected(3)],
        [connected(4), notification(4, "a")],
        [connected(4), notification(5, "a"), notification(5, "b")],
        [connected(4), notification(6, "a"), notification(5, "b")],
        [connected(4), notification(5, "a", last=False), notification(6, "b")],
        [connected(4), notification(5, "a", last=False), state(5, {"a": "read"})],
        [connected(4), event("notification", 6, seq=5, id="a")],
        [connected(4), event("notification", 5, epoch="00000000", seq=5, id="a")],
        [connected(4), event("heartbeat", seq=3, unread_count=0)],
        [connected(4), event("heartbeat", 4, seq=4, unread_count=0)],
        [connected(4), event("reset", seq=9, unread_count=0)],
        [event("connected", seq=4, unread_count=0), notification(5, "a")],
    ],
    ids=[
        "not connected",
        "connected twice",
        "resumed elsewhere",
        "repeats the cursor",
        "repeats a step",
        "precedes the cursor",
        "step left open",
        "same notification twice in a step",
        "cursor and seq differ",
        "epoch changes",
        "heartbeat behind",
        "heartbeat with cursor",
        "reset without cursor",
        "no reset after a connect without cursor",
    ],
)
def test_broken_order_is_noticed(events: list[Event]) -> None:
    with pytest.raises(AssertionError):
        check(*events)


@pytest.fixture
def inbox() -> Inbox:
    """An inbox at cursor 4, without a server."""
    inbox = Inbox("http://127.0.0.1:1", "token")
    inbox.cursor = f"{EPOCH}-4"
    inbox.begin()
    inbox.take(connected(4))
    return inbox


def test_notification_is_kept_with_its_last_state(inbox: Inbox) -> None:
    inbox.take(notification(5, "a", title="first"))
    inbox.take(notification(6, "a", title="second"))
    inbox.take(state(7, {"a": "read"}))
    assert inbox.state() == {"a": ("read", "info", "second", "M")}
    assert (inbox.cursor, inbox.seq, inbox.unread_count) == (f"{EPOCH}-7", 7, 0)


def test_deleted_notification_is_not_shown(inbox: Inbox) -> None:
    inbox.take(notification(5, "a"))
    inbox.take(state(6, {"a": "deleted", "unknown": "read"}))
    assert inbox.state() == {}


def test_replayed_events_change_nothing(inbox: Inbox) -> None:
    inbox.take(notification(5, "a", last=False))
    inbox.begin()
    inbox.take(connected(4))
    inbox.take(notification(5, "a", last=False, title="other"))
    assert inbox.state() == {"a": ("unread", "info", "T", "M")}


def test_the_unread_count_is_that_of_the_highest_seq(inbox: Inbox) -> None:
    inbox.take(notification(5, "a", unread=3))
    inbox.learn({"seq": 9, "unread_count": 1})
    inbox.take(notification(6, "b", unread=4))
    assert (inbox.unread_count, inbox.seq) == (1, 9)


def test_the_cursor_moves_only_with_an_id(inbox: Inbox) -> None:
    inbox.take(notification(5, "a", last=False))
    assert inbox.cursor == f"{EPOCH}-4"
