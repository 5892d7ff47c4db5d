"""Sample data for the page of all partials.

Rows as the database has them, passed through the presenters of the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from notifier.models.notification import Status
from notifier.models.session import FAILED, PENDING, PROCESSED, STALLED
from notifier.services.messages.audience import Reach
from notifier.services.messages.reports import Receipts
from notifier.services.streams.connections import Open
from notifier.web.presenters import undo
from notifier.web.presenters.notification import ItemView, item_view
from notifier.web.presenters.session import ProgressBar, progress_bar

_ID = "01900000-0000-7000-8000-000000000000"
_NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)
_LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik" * 3
_ARABIC = "اكتملت معالجة الفيديو"


def notifications() -> dict[str, ItemView]:
    """One notification of each status, type and priority, and what a layout must handle.

    That is long text without spaces, right-to-left text, and all parts at once.
    """
    statuses = {status.value: _notification(status, title=f"A notification that is {status.value}") for status in _LISTED}
    types = {f"type {type_}": _notification(type=type_, title=f"Type {type_}") for type_ in _TYPES}
    priorities = {f"priority {priority}": _notification(priority=priority, title=f"Priority {priority}") for priority in _PRIORITIES}
    return statuses | types | priorities | _contents()


def bars() -> dict[str, ProgressBar]:
    """A session in each state of its life."""
    return {name: progress_bar(session) for name, session in sessions().items()}


def sessions() -> dict[str, Any]:
    started = {"started_at": _NOW - timedelta(minutes=4), "ended_at": None}
    ended = started | {"ended_at": _NOW}
    return {
        "pending": _session(status=PENDING),
        "under way": _session(status="uploading", progress=45, message="4 of 9 files", **started),
        "stalled": _session(status=STALLED, progress=45, **started),
        "processed": _session(status=PROCESSED, progress=100, message="Took 4 minutes", **ended),
        "failed": _session(status=FAILED, progress=45, error="The disk is full", **ended),
        "long words": _session(status="processing", progress=5, title=_LONG_WORD, message=_LONG_WORD, **started),
        "Arabic": _session(status="processing", progress=5, title=_ARABIC, message=_ARABIC, **started),
    }


def undo_offers() -> dict[str, undo.Undo | None]:
    return {
        "nothing to undo": None,
        "one": undo.offer(1, Status.ARCHIVED, 7),
        "several": undo.offer(12, Status.DELETED, 7),
    }


def receipts() -> dict[str, Mapping[str, Any]]:
    """The context of the receipts of a message, from the start of its distribution to its withdrawal."""
    return {
        "waiting": {"message": _sent(0), "receipts": Receipts()},
        "being distributed": {"message": _sent(500), "receipts": Receipts(rows=500, kept=500, seen=20, read=3)},
        "complete": {"message": _sent(1200), "receipts": Receipts(rows=1190, kept=1000, seen=900, read=600, clicked=40)},
        "withdrawn": {"message": _sent(1200, withdrawn_at=_NOW), "receipts": Receipts(rows=1200, kept=3, seen=900)},
    }


def connections() -> dict[str, Open]:
    """Lists of open streams."""
    row = {"id": 1, "public_id": _ID, "name": "alice", "host": "web-1", "pid": 4711, "opened_at": _NOW, "ending": False}
    streams = [
        SimpleNamespace(**row, key="user:1", sent=1234, backlog=0),
        SimpleNamespace(**row, key="user:1", sent=None, backlog=4096),
        SimpleNamespace(**row | {"ending": True}, key="session:1", sent=None, backlog=0),
    ]
    return {"none": Open([], 0, None), "three": Open(streams, 3, None)}


def previews() -> dict[str, Mapping[str, Any]]:
    """The context of the send form's preview."""
    item = _notification(title="Preview", text="The text of the message")
    return {
        "empty": {"reach": None, "item": item, "toasts": False, "stays": False},
        "with a toast": {"reach": Reach(1200, {}), "item": item, "toasts": True, "stays": True},
        "unknown recipient": {
            "reach": Reach(1, {"user:nobody": "there is no user 'nobody'"}),
            "item": item,
            "toasts": True,
            "stays": False,
        },
    }


_LISTED = (Status.UNREAD, Status.READ, Status.ARCHIVED, Status.SNOOZED)
_TYPES = ("info", "success", "warning", "error", "video_complete", "video_failed", "clarification_needed")
_PRIORITIES = ("low", "normal", "high", "urgent")


def _contents() -> dict[str, ItemView]:
    links = [{"label": "Watch Now", "url": "/video/7"}, {"label": "Details", "url": "https://example.org/"}]
    long_link = [{"label": _LONG_WORD[:60], "url": "/video/7"}]
    return {
        "text": _notification(title="With a text", text="First line\nSecond line"),
        "links": _notification(title="With links", actions=links),
        "question": _notification(title="With a question", type="clarification_needed", actions=[{"label": "Which take?", "reply": True}]),
        "image": _notification(title="With an image", image_url="/static/icon.svg"),
        "progress": _notification(title="With progress", session=sessions()["under way"]),
        "note": _notification(Status.ARCHIVED, title="With a note", note="Archived on arrival: you switched Videos off"),
        "long words": _notification(title=_LONG_WORD, text=_LONG_WORD, type="error", priority="urgent", actions=long_link),
        "long text": _notification(title="Long text", text="All work and no play makes Jack a dull boy. " * 40),
        "Arabic": _notification(title=_ARABIC, text=_ARABIC, actions=[{"label": "شاهد الآن", "url": "/video/7"}]),
        "markup": _notification(title="<b>Not bold</b>", text="<script>alert(1)</script> {{ 7 * 7 }}"),
    }


def _notification(status: Status = Status.UNREAD, *, session: Any = None, note: str = "", **columns: Any) -> ItemView:
    defaults: dict[str, Any] = {
        "type": "info",
        "priority": "normal",
        "title": "Title",
        "text": "",
        "metadata": {},
        "actions": [],
        "image_url": None,
    }
    rest = {"related_session_id": None, "collapse_key": None, "created_at": _NOW, "expires_at": None}
    return item_view(SimpleNamespace(**defaults | rest | columns), _ID, status=status.value, seq=1, position=1, session=session, note=note)


def _session(**columns: Any) -> Any:
    defaults: dict[str, Any] = {
        "public_id": "sample",
        "title": "Transcode holiday.mp4",
        "owner": "alice",
        "progress": 0,
        "message": "",
        "error": None,
    }
    times = {"created_at": _NOW - timedelta(minutes=5), "started_at": None, "updated_at": _NOW, "ended_at": None}
    return SimpleNamespace(**defaults | times | {"actions": [{"label": "Watch Now", "url": "/video/7"}]} | columns)


def _sent(delivered: int, **columns: Any) -> Any:
    return SimpleNamespace(**{"recipients": 1200, "delivered": delivered, "withdrawn_at": None, "ended_at": None} | columns)
