"""The HTML stream, read back by an independent parser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from notifier import create_app
from notifier.models.columns import now
from notifier.realtime.snapshot import Change
from notifier.web.events.html import HtmlEvents
from notifier.web.events.partials import Partials
from tests.servers.notifier import SECRET_KEY
from tests.unit.web.events.html_stream import EPOCH, HEAD, id_of, parsed, rendered, snapshot_of, targets, toasts
from tests.web.markup import read
from tests.web.tab import Parts


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> HtmlEvents:
    app: Flask = create_app({"DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('events')}/none.db", "SECRET_KEY": SECRET_KEY})
    return HtmlEvents(Partials(app.jinja_env))


def test_new_notification_is_an_unnamed_event_with_a_partial_per_target(events: HtmlEvents) -> None:
    (event,) = rendered(events, Change(8, 8, "unread", 1, None, 8))

    assert (event.name, event.id) == ("message", f"{EPOCH}-8")
    assert targets(event) == [
        "#bell",
        "#announce",
        "#through",
        "#mark-all",
        "#clear",
        "body:has(#history[data-live]) #list-count",
        "#inbox-list",
        "#history-new",
        "#history:not([data-live]) #history-sync",
        "#toasts",
        "#sound-trigger",
    ]
    page = read(event.data)
    assert page.one("title").text == "(3) Notifications · notifier"
    assert page.one("input", id="through").attributes["value"] == "8"
    item = page.one("li", id=f"n-{id_of(1)}").attributes
    assert (item["data-seq"], item["data-position"], item["data-status"]) == ("8", "8", "unread")


def test_update_in_place_removes_the_old_item_first(events: HtmlEvents) -> None:
    (event,) = rendered(events, Change(9, 9, "unread", 2, id_of(1), 9))

    assert targets(event)[6:10] == [f"#n-{id_of(1)}", f"#h-{id_of(1)}", "#inbox-list", "#history-new"]
    assert [part.swap for part in Parts(event.data).parts][6:8] == ["delete", "delete"]
    assert read(event.data).one("li", id=f"n-{id_of(1)}")


@pytest.mark.parametrize("status", ["deleted", "archived"])
def test_archived_or_deleted_items_are_removed(events: HtmlEvents, status: str) -> None:
    (event,) = rendered(events, Change(9, 1, status, 1, None, 1))

    assert targets(event)[6:9] == [f"#n-{id_of(1)}", f"#h-{id_of(1)}", "#inbox:has([data-more=true]) #inbox-sync"]
    assert not read(event.data).all("li")


@pytest.mark.parametrize("status", ["read", "unread"])
def test_status_change_morphs_the_item_without_a_toast(events: HtmlEvents, status: str) -> None:
    (event,) = rendered(events, Change(9, 1, status, 1, None, 1))

    assert targets(event)[6:8] == [f"#n-{id_of(1)}", f"#h-{id_of(1)}"]
    assert [part.swap for part in Parts(event.data).parts][6:8] == ["outerMorph", "outerMorph"]
    assert "#toasts" not in targets(event) and "#sound-trigger" not in targets(event)


def test_answered_question_shows_each_reader_their_own_answer(events: HtmlEvents) -> None:
    rows = [Change(9, 1, "read", 1, None, 1, None, text) for text in ("<one>", "two")]
    snapshot = snapshot_of(1, actions=[{"label": "Which?", "reply": True}])

    drawn = [events.changes([row], 7, HEAD, snapshot).decode() for row in rows]

    assert ["You answered: " in text and "<textarea" not in text for text in drawn] == [True, True]
    assert "&lt;one&gt;" in drawn[0] and ">two<" not in drawn[0] and ">two<" in drawn[1]


def test_item_that_returns_to_an_old_position_reloads_the_lists(events: HtmlEvents) -> None:
    (event,) = rendered(events, Change(9, 9, "read", 1, None, 2))

    assert targets(event)[6:8] == ["#inbox-sync", "#history-sync"]


def test_every_seq_is_an_event_with_its_cursor(events: HtmlEvents) -> None:
    rows = [
        Change(8, 8, "unread", 1, None, 8),
        Change(9, 1, "read", 2, None, 1),
        Change(9, 2, "read", 3, None, 2),
        Change(11, 11, "unread", 4, None, 11),
    ]

    found = rendered(events, *rows)

    assert [event.id for event in found] == [f"{EPOCH}-8", f"{EPOCH}-9", f"{EPOCH}-11"]
    assert [read(event.data).one("input", id="through").attributes["value"] for event in found] == ["8", "9", "11"]


@pytest.mark.parametrize(
    ("type_", "priority", "expected"), [("info", "normal", []), ("info", "high", ["T"]), ("error", "normal", ["T"]), ("error", "low", [])]
)
def test_toasts_depend_on_type_and_priority(events: HtmlEvents, type_: str, priority: str, expected: list[str]) -> None:
    assert toasts(rendered(events, Change(8, 8, "unread", 1, None, 8), type=type_, priority=priority, title="T")) == expected


@pytest.mark.parametrize(
    ("type_", "headline"), [("video_complete", "Video Ready!"), ("video_failed", "Video Generation Failed"), ("success", "Holiday in Rome")]
)
def test_toast_gets_a_headline_when_text_repeats_the_title(events: HtmlEvents, type_: str, headline: str) -> None:
    row = Change(8, 8, "unread", 1, None, 8)

    (event,) = rendered(events, row, type=type_, title="Holiday in Rome", text="Holiday in Rome", actions=[])

    assert toasts([event]) == [headline]
    assert read(event.data).one(class_="toast").text == ("" if type_ == "success" else f"{headline} ") + "Holiday in Rome"
    assert toasts(rendered(events, row, type=type_, title="Its own", text="x")) == ["Its own"]


def test_replay_makes_one_summary_toast(events: HtmlEvents) -> None:
    rows = [Change(seq, seq, "unread", seq, None, seq) for seq in range(8, 22)]

    found = rendered(events, *rows, replay=True)

    assert toasts(found) == ["14 new while you were away"]
    assert not [event for event in found if "#sound-trigger" in targets(event)]
    assert toasts(rendered(events, Change(9, 1, "read", 1, None, 1), replay=True)) == []


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([9, 1, 0], ["m", "m", "m"]),
        ([3, 2, 1, 0], ["4 new while you were away"]),
        ([11, 1], ["2 new while you were away"]),
    ],
)
def test_up_to_three_young_notifications_of_a_replay_are_toasts(events: HtmlEvents, ages: list[int], expected: list[str]) -> None:
    rows = [Change(seq, seq, "unread", seq, None, seq, now() - timedelta(seconds=age)) for seq, age in enumerate(ages, 8)]

    found = toasts(rendered(events, *rows, replay=True, title="m"))

    assert found == expected


def test_over_twenty_at_once_make_one_summary_toast(events: HtmlEvents) -> None:
    rows = [Change(seq, seq, "unread", seq, None, seq) for seq in range(8, 29)]

    found = rendered(events, *rows)

    assert toasts(found) == ["21 new while you were away"]
    assert "#sound-trigger" in targets(found[-1]), "but it is heard"


def test_over_128_kib_the_lists_are_reloaded_instead(events: HtmlEvents) -> None:
    """A page shows a few of them, and the backlog of a slow client is bounded."""
    rows = [Change(seq, seq, "unread", seq, None, seq) for seq in range(8, 408)]

    (event,) = rendered(events, *rows, replay=True)

    assert event.id == f"{EPOCH}-407"
    assert targets(event)[6:] == ["#inbox-sync", "#history-sync", "#toasts"]
    assert toasts([event]) == ["400 new while you were away"]


def test_message_is_rendered_once_for_all_recipients(events: HtmlEvents) -> None:
    snapshot = snapshot_of(1, type="info")
    first = events.changes([Change(8, 8, "unread", 1, None, 8)], 7, HEAD, snapshot)
    snapshot.messages[1].title = "never drawn"

    second = events.changes([Change(5, 5, "unread", 1, None, 5)], 4, HEAD, snapshot)

    alike = [(b"-5\n", b"-8\n"), (b'value="5"', b'value="8"'), (b'"5"', b'"8"')]
    for of_second, of_first in alike:
        second = second.replace(of_second, of_first)
    assert second == first


def test_named_events_are_those_of_the_json_stream(events: HtmlEvents) -> None:
    data = events.connected("id", EPOCH, 7, HEAD) + events.reset(EPOCH, HEAD) + events.heartbeat(7, 3, 1) + events.bye("shutdown", 500)

    assert [(event.name, event.id) for event in parsed(data)] == [
        ("connected", f"{EPOCH}-7"),
        ("reset", f"{EPOCH}-20"),
        ("heartbeat", None),
        ("bye", None),
    ]


@given(
    text=st.text(st.characters(codec="utf-8") | st.sampled_from("\r\n\u2028\u2029\x85\x0b\x1e<>\"'&{}%")),
    place=st.sampled_from(["title", "text", "label"]),
)
def test_text_cannot_add_elements(events: HtmlEvents, text: str, place: str) -> None:
    fields: dict[str, Any] = {"actions": [{"label": text, "url": "/"}]} if place == "label" else {place: text}

    (event,) = rendered(events, Change(8, 8, "unread", 1, None, 8), **fields)

    plain_fields: dict[str, Any] = {"actions": [{"label": "x", "url": "/"}]} if place == "label" else {place: "x"}
    plain = rendered(events, Change(8, 8, "unread", 1, None, 8), **plain_fields)
    tags = [element.tag for element in read(event.data).all()]
    there = [element.tag for element in read(plain[0].data).all()]
    assert [tag for tag in tags if tag not in ("p",)] == [tag for tag in there if tag not in ("p",)]


@pytest.mark.parametrize(
    "text", ['data-seq="0" data-position="0"', 'value="0"', "</hx-partial><hx-partial hx-target='#bell' hx-swap='delete'>"]
)
def test_text_cannot_pose_as_numbers_or_partials(events: HtmlEvents, text: str) -> None:
    (event,) = rendered(events, Change(8, 8, "unread", 1, None, 8), title=text, text=text)

    assert len(read(event.data).all("hx-partial")) == 11
    assert read(event.data).one("li", id=f"n-{id_of(1)}").one(class_="item-title").text == f"Unread: {text}"
