"""Events of the HTML stream, rendered from numbers and read back."""

from __future__ import annotations

from typing import Any

from notifier.realtime.snapshot import Change, Page, Snapshot
from notifier.web.events.html import HtmlEvents
from tests.sse import Event, Parser
from tests.unit.web.events.test_json import message
from tests.web.tab import Parts

EPOCH = "5f0c2a91"
HEAD = Page(seq=20, unread=3, floor=0, behind=0, access=0)


def id_of(number: int) -> str:
    return f"0190a1b2-0000-7000-8000-{number:012}"


def snapshot_of(*numbers: int, replay: bool = False, **fields: Any) -> Snapshot:
    messages = {number: message(number) for number in numbers}
    for number, each in messages.items():
        each.public_id = id_of(number)
        vars(each).update(fields)
    return Snapshot(EPOCH, {}, messages, replay=replay)


def rendered(events: HtmlEvents, *rows: Change, after: int = 7, page: Page = HEAD, **fields: Any) -> list[Event]:
    snapshot = snapshot_of(*(row.message_id for row in rows), **fields)
    return parsed(events.changes(rows, after, page, snapshot))


def parsed(data: bytes) -> list[Event]:
    parser = Parser()
    parser.feed(data)
    return parser.events


def targets(event: Event) -> list[str]:
    return [part.target for part in Parts(event.data).parts]


def toasts(events: list[Event]) -> list[str]:
    return [toast for event in events for part in Parts(event.data).parts for toast in part.toasts]
