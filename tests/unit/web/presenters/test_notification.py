"""The fields of a notification, and what templates draw of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

from notifier.services.inbox.inbox import Head
from notifier.web.http.json_answers import compact
from notifier.web.presenters import notification
from notifier.web.presenters.notification import ItemView, Notification, NotificationNow, item_view, now_values


def row(**fields: Any) -> Any:
    columns = {
        "public_id": "id-1",
        "seq": 7,
        "status": "unread",
        "quiet": False,
        "arrival": None,
        "answer": None,
        "snoozed_until": None,
        "type": "info",
        "priority": "normal",
        "title": "Title",
        "text": "Text",
        "metadata": {"b": 1, "a": None},
        "actions": [],
        "image_url": None,
        "related_session_id": None,
        "collapse_key": None,
        "thread": None,
        "created_at": datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        "expires_at": None,
    }
    return SimpleNamespace(**columns | fields)


def test_fields_are_read_from_columns_in_the_order_of_their_declaration() -> None:
    assert compact(Notification.values(row(status="read"))) == (
        '{"seq":7,"status":"read","quiet":false,"arrival":null,"answer":null,"id":"id-1","type":"info","priority":"normal","title":"Title","message":"Text",'
        '"metadata":{"b":1,"a":null},"actions":[],"image_url":null,"related_session_id":null,"collapse_key":null,'
        '"thread":null,"created_at":"2026-01-01T10:00:00.000Z","expires_at":null,"timestamp":"2026-01-01T10:00:00.000Z"}'
    )


def test_a_row_that_breaks_a_rule_is_still_shown() -> None:
    assert Notification.values(row(metadata=[1], priority="none"))["metadata"] == [1]


def test_one_notification_carries_the_seq_of_its_inbox() -> None:
    found = now_values(row(seq=7), Head(seq=9, unread=3, epoch="5f0c2a91"))

    assert (found["seq"], found["unread_count"]) == (9, 3)
    assert NotificationNow.model_validate_json(compact(found))


def view(**fields: Any) -> ItemView:
    return item_view(row(**fields), "id-1", status="unread")


def test_text_that_repeats_the_title_is_shown_once() -> None:
    assert view(title="Same", text=" Same\n").text == ""


def test_links_keep_their_index_and_a_reply_is_no_link() -> None:
    shown = view(actions=[{"label": "Your answer", "reply": True}, {"label": "Watch", "url": "/video/7"}])

    assert (shown.actions, shown.reply) == (((1, "Watch"),), "Your answer")


def test_times_of_templates_are_in_utc() -> None:
    instant = datetime(2026, 1, 1, 10, tzinfo=UTC)

    assert (notification.iso(instant), notification.clock(instant)) == ("2026-01-01T10:00:00Z", "2026-01-01 10:00 UTC")


def test_offset_is_short_in_the_largest_unit() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    cases = {-3.0: "+0.0 s", 1.234: "+1.2 s", 59: "+59.0 s", 90: "+1.5 min", 5400: "+1.5 h", 129_600: "+1.5 d"}

    assert {seconds: notification.offset(start + timedelta(seconds=seconds), start) for seconds in cases} == cases
