"""Sample messages.

They are written by the same set-based steps as real ones, many in a transaction, and then aged and partly read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.demo.people import EVERYONE, STAFF
from notifier.models import Message, Notification, User
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.hints import publish_hints
from notifier.services.inbox import changes
from notifier.services.messages import arrivals, inbox_writes, send
from notifier.services.messages.audience import resolve
from notifier.services.messages.send import Draft

_READY: dict[str, Any] = {
    "type": "video_complete",
    "title": "Video Ready!",
    "message": "“Introduction to coaching” has been processed.",
    "metadata": {"content_id": "7", "duration_seconds": 754},
    "actions": [{"label": "Watch Now", "url": "/video/7"}],
}
_MAINTENANCE: dict[str, Any] = {
    "type": "warning",
    "priority": "high",
    "title": "Maintenance tonight",
    "message": "The build farm restarts at 22:00 UTC.",
}
_WELCOME = (
    {"to": "all", "title": "Welcome to notifier", "message": "This is your inbox. What is sent to you appears here at once."},
    {"to": "user:alice", **_READY},
    {"to": f"group:{STAFF}", **_MAINTENANCE},
)
# One of each kind that a page has to show well: with and without text, long, pressing, with buttons, right to left, with markup.
_SAMPLES: tuple[dict[str, Any], ...] = (
    _READY,
    {"title": "Backup finished", "message": "3,412 files in 2 minutes.", "type": "success", "priority": "low"},
    _MAINTENANCE,
    {"title": "Deployment failed", "message": "Step 4 of 7: exit code 1.", "type": "error", "actions": [{"label": "Log", "url": "/log/4"}]},
    {"title": "A title without a text"},
    {"message": "A text without a title, whose first line is shown instead.\nThe second line follows."},
    {"title": "Lunch on Friday?", "message": "Shall I book a table?", "actions": [{"label": "Answer", "reply": True}]},
    {"title": "Disk almost full", "message": "2 % are left on /var.", "type": "warning", "priority": "urgent"},
    {"title": "תזכורת: פגישה מחר", "message": "الاجتماع غدًا في الساعة العاشرة."},
    {"title": "<b>Markup</b> & “quotes”", "message": "Shown as it was written: <script>alert(1)</script> 🎉"},
    {"title": "A long title " + "that goes on " * 12, "message": "A long text, in paragraphs.\n\n" + "Text to fill a line. " * 60},
    {
        "title": "New version 2.4",
        "message": "See what has changed.",
        "image_url": "https://example.com/cover.png",
        "actions": [{"label": "Notes", "url": "https://example.com/notes"}, {"label": "Later", "url": "/settings"}],
    },
)
_BATCH_SIZE = 5000
_MAX_AGE_DAYS = 14
_READ_SHARE = 0.8


def send_welcome() -> None:
    """Send the few notifications that `make run` begins with."""
    for sample in _WELCOME:
        send.send(Draft.model_validate(sample))


def fill(names: Sequence[str], count: int) -> None:
    """Send `count` messages to the first of `names`, most of them to others as well.

    The newest fifth is unread.
    They are spread over the last fortnight, or half of `RETENTION_DAYS` if that is less.
    """
    drafts = [_draft(number, names) for number in range(count)]
    step = _span() / max(count, 1)
    at_once = max(1, _BATCH_SIZE // len(names))
    with database.read() as connection:
        people = list(connection.scalars(select(User.id).where(User.name.in_(names)).order_by(User.id)))
    for start in range(0, count, at_once):
        with database.write() as transaction:
            changes.lock(transaction, people)
            chunk = drafts[start : start + at_once]
            ids = _send(transaction, chunk, [step * (count - start - place) for place, _ in enumerate(chunk)])
            _use(transaction, ids[: max(0, int(count * _READ_SHARE) - start)])
    publish_hints(people)


def _span() -> timedelta:
    """The time over which to spread messages: back to the newest one at most.

    Lists are in the order of arrival, and an older time after a newer one would look wrong.
    """
    with database.read() as connection:
        newest = connection.scalar(select(func.max(Message.created_at)))
    most = timedelta(days=min(_MAX_AGE_DAYS, current_app.config["RETENTION_DAYS"] / 2))
    return min(most, max(timedelta(0), now() - newest)) if newest else most


def _draft(number: int, names: Sequence[str]) -> Draft:
    first, other = f"user:{names[0]}", f"user:{names[number % len(names)]}"
    to = (f"group:{EVERYONE}", first, [first, other], [first, f"group:{STAFF}"])[number % 4]
    return Draft.model_validate(_SAMPLES[number % len(_SAMPLES)] | {"to": to})


def _send(transaction: Connection, drafts: Sequence[Draft], ages: Sequence[timedelta]) -> list[int]:
    reached: dict[tuple[str, ...], list[int]] = {}
    rows: list[dict[str, Any]] = []
    for draft, age in zip(drafts, ages, strict=True):
        terms = tuple(draft.terms)
        recipients = reached[terms] = reached.get(terms) or resolve(transaction, draft)
        first, rest = recipients[: send.CHUNK_SIZE], recipients[send.CHUNK_SIZE :]
        id_ = send.send_within(transaction, draft, sender=send.LOCAL_SENDER, recipients=first)
        for start in range(0, len(rest), send.CHUNK_SIZE):
            inbox_writes.deliver(transaction, arrivals.facts(transaction, id_), rest[start : start + send.CHUNK_SIZE])
        rows.append({"message": id_, "at": now() - age, "terms": draft.terms, "people": len(recipients)})
    people: Any = bindparam("people")
    values: dict[str, Any] = {"created_at": bindparam("at"), "audience": bindparam("terms"), "recipients": people, "delivered": people}
    transaction.execute(update(Message).where(Message.id == bindparam("message")).values(**values), rows)
    return [row["message"] for row in rows]


def _use(transaction: Connection, message_ids: Sequence[int]) -> None:
    """Mark most of these as seen, three in four as read, some as archived and clicked."""
    theirs = in_numbers(Notification.message_id, message_ids)
    changes.change(transaction, [theirs, _not_every(4)], Status.READ, own=False)
    changes.change(transaction, [theirs, ~_not_every(9)], Status.ARCHIVED, own=False)
    seen = func.coalesce(Notification.seen_at, now())
    transaction.execute(update(Notification).where(theirs, _not_every(6)).values(seen_at=seen))
    clicked = update(Notification).where(theirs, Notification.read_at.is_not(None), ~_not_every(5))
    transaction.execute(clicked.values(clicked_at=now()))


def _not_every(number: int) -> ColumnElement[bool]:
    return (Notification.user_id + Notification.message_id) % number != 0
