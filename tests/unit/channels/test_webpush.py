"""Pushes: what they carry, and what the answers of push services mean."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifier.channels.answers import retry_after
from notifier.channels.egress import Answer
from notifier.channels.ports import Inbox, Item, Kind, Link, Outcome, Outgoing, Result
from notifier.channels.webpush.payload import MAX_PAYLOAD_BYTES, payload
from notifier.channels.webpush.requests import outcome, topic
from notifier.web.presenters.device import label

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ITEM = Item("1", "x", "normal", "Title", "Text", "Videos", "28 Nov, 14:05", "https://notify.example.com/sub/notifications")
ONE = Outgoing("d", Kind.MESSAGE, "device", "alice", "/settings/notifications", (ITEM,), inbox=Inbox(3, ("1", "2", "3")))
CHROME = '"Not:A-Brand";v="99", "Google Chrome";v="145", "Chromium";v="145"'
CHROMIUM = '"Not:A-Brand";v="99", "HeadlessChrome";v="145", "Chromium";v="145"'
ON_LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36"


def test_payload_holds_exactly_its_fields() -> None:
    content = {"id": "1", "title": "Title", "text": "Text", "url": "/sub/notifications", "unread": 3, "open": ["1", "2", "3"]}

    assert json.loads(payload(ONE)) == content
    assert json.loads(payload(ONE, with_text=False)) == content | {"text": ""}
    linked = replace(ONE, items=(replace(ITEM, links=(Link("Watch", "https://notify.example.com/go/1/0"),)),))
    assert json.loads(payload(linked))["url"] == "/go/1/0"


def test_payload_is_bounded_whatever_the_text() -> None:
    ids = tuple(f"{number:036}" for number in range(20))
    for text in ("x" * 9000, "é" * 4000, "\N{GRINNING FACE}" * 4000, '"' * 9000, "\0" * 9000, "\\n" * 5000):
        item = replace(ITEM, title=text, text=text)
        sent = payload(replace(ONE, items=(item,), inbox=Inbox(20, ids)))
        assert len(sent) <= MAX_PAYLOAD_BYTES
        assert json.loads(sent)["open"] == list(ids)


def test_answers_mean_what_the_standard_defines() -> None:
    meant = {
        201: Outcome(Result.ACCEPTED, "201"),
        404: Outcome(Result.REFUSED, "404", bad_target=True, gone=True),
        410: Outcome(Result.REFUSED, "410", bad_target=True, gone=True),
        400: Outcome(Result.REFUSED, "400", bad_target=True),
        401: Outcome(Result.REFUSED, "401", bad_target=True),
        403: Outcome(Result.REFUSED, "403", bad_target=True),
        413: Outcome(Result.REFUSED, "413"),
        429: Outcome(Result.LATER, "429", retry_after=timedelta(minutes=1)),
        503: Outcome(Result.LATER, "503", retry_after=timedelta(minutes=1)),
    }
    assert {status: outcome(Answer(status, {"retry-after": "60"}, b""), NOW) for status in meant} == meant


def test_retry_after_is_seconds_or_a_date() -> None:
    given = {
        "120": timedelta(seconds=120),
        "99999999999999999999": timedelta(days=1),
        "Tue, 01 Jan 2030 12:05:00 GMT": timedelta(minutes=5),
        "Tue, 01 Jan 2030 11:00:00 GMT": timedelta(),
        "Fri, 31 Dec 9999 23:59:59 -2359": None,
        "": None,
        "soon": None,
        "-5": None,
    }
    assert {value: retry_after(value, NOW) for value in given} == given


def test_topic_is_short_and_of_the_id() -> None:
    assert len(topic("a")) == 32
    assert topic("a") == topic("a") != topic("b")


def test_devices_are_named_by_browser_and_system() -> None:
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1"
    named = {
        (ON_LINUX, CHROMIUM): "Chromium on Linux",
        (ON_LINUX, CHROME): "Chrome on Linux",
        (ON_LINUX, ""): "Chrome on Linux",
        (firefox, ""): "Firefox on Windows",
        (safari, ""): "Safari on iOS",
        ("", ""): "Browser",
    }
    assert {given: label(*given) for given in named} == named
