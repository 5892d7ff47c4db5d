"""Random lives of two inboxes: whatever is done, in whatever order, the stored counts are those of the rows, and a model agrees."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from notifier import database
from notifier.errors import Conflict, NotFound
from notifier.models import Message, Notification
from notifier.models.notification import Status
from notifier.services import accounts, checks, inbox, lifetime, notifications
from notifier.services.drafts import Draft
from notifier.services.inbox import Filter

ALL = Filter(everything=True)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "update", "read", "unread", "archive", "delete", "read-all", "clear", "undo", "withdraw", "expire"]),
        st.integers(0, 1),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=25,
)
_numbers = itertools.count()
STATUS = {"read": Status.READ, "unread": Status.UNREAD, "archive": Status.ARCHIVED, "delete": Status.DELETED}


class Life:
    """One user's inbox as a model: id to status, oldest first; and what each operation of theirs replaced."""

    def __init__(self, name: str) -> None:
        account = accounts.create_user(name, "correct horse")
        self.user, self.name = account.id, name
        self.items: dict[str, str] = {}
        self.done: dict[int, dict[str, str]] = {}
        self.seq = 0

    def moved(self, head: inbox.Head, before: dict[str, str], *, own: bool) -> None:
        """After an operation: `seq` moved by one if anything changed, and not at all if nothing did."""
        changed = {id_: status for id_, status in before.items() if self.items.get(id_) != status}
        assert head.seq == self.seq + bool(changed)
        self.seq = head.seq
        for touched in self.done.values():
            for id_ in changed:
                touched.pop(id_, None)
        if own and changed:
            self.done[head.seq] = changed

    def check(self) -> None:
        kept = {id_: status for id_, status in self.items.items() if status != "deleted"}
        found = inbox.listing(self.user, ALL, limit=100)
        assert {row.public_id: row.status for row in found.items} == kept
        assert found.head.unread == sum(status == "unread" for status in kept.values())
        assert found.head.seq == self.seq


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_counts_equal_rows_and_undo_restores_what_one_operation_changed(app: Flask, steps: list[tuple[str, int, int]]) -> None:
    lives = [Life(f"alice-{next(_numbers)}"), Life(f"bob-{next(_numbers)}")]
    for what, who, which in steps:
        _step(lives[who], what, which)
        for life in lives:
            life.check()
    assert checks.problems() == []


def _step(life: Life, what: str, which: int) -> None:
    before = dict(life.items)
    kept = [id_ for id_, status in life.items.items() if status != "deleted"]
    chosen = kept[which % len(kept)] if kept else None
    if what == "send":
        sent = notifications.send(Draft(to=f"user:{life.name}", title="Hello"))
        life.items[sent.id] = "unread"
        life.seq += 1
        assert sent.seq == life.seq
    elif what == "update":
        _update(life)
    elif what == "read-all":
        life.items = {id_: "read" if status == "unread" else status for id_, status in before.items()}
        life.moved(inbox.read_all(life.user, Filter()).head, before, own=True)
    elif what == "clear":
        life.items = {id_: status if status == "archived" else "deleted" for id_, status in before.items()}
        life.moved(inbox.clear(life.user, Filter()).head, before, own=True)
    elif what == "undo":
        _undo(life, which, before)
    elif chosen is None:
        with pytest.raises(NotFound):
            inbox.get(life.user, "nothing")
    elif what in ("withdraw", "expire"):
        _end(chosen, what)
        life.items[chosen] = "deleted"
        life.moved(inbox.head(life.user), before, own=False)
    else:
        life.items[chosen] = STATUS[what].value
        life.moved(inbox.set_status(life.user, chosen, STATUS[what])[1], before, own=True)


def _update(life: Life) -> None:
    """The one unread notification with this key takes the text; without one, there is a new one."""
    sent = notifications.send(Draft(to=f"user:{life.name}", title="10 %", collapse_key="job"))
    life.seq += 1
    for touched in life.done.values():
        touched.pop(sent.id, None)
    life.items[sent.id] = "unread"


def _undo(life: Life, which: int, before: dict[str, str]) -> None:
    ended = {seq for seq, touched in life.done.items() if not touched}
    for seq in ended:
        del life.done[seq]
    if not life.done:
        with pytest.raises(Conflict):
            inbox.undo(life.user, life.seq + 1)
        return
    seq = sorted(life.done)[which % len(life.done)]
    life.items |= life.done[seq]
    changed = inbox.undo(life.user, seq)
    assert changed.count == len(life.done.pop(seq))
    life.moved(changed.head, before, own=False)


def _end(public_id: str, what: str) -> None:
    if what == "withdraw":
        lifetime.withdraw(public_id, None)
        return
    with database.write() as transaction:
        bears = func.coalesce(Notification.public_id, Message.public_id) == public_id
        shown = select(Message.id).join(Notification, Notification.message_id == Message.id).where(bears)
        transaction.execute(update(Message).where(Message.id.in_(shown)).values(ends_at=database.clock(transaction)))
    while lifetime.end_step():
        pass
