"""Random operations on inboxes: they match the model, their counts match their rows, and clients with any cursor catch up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from notifier import create_app, database
from notifier.errors import Conflict, NotFound
from notifier.extensions import db
from notifier.models import Message, Notification
from notifier.models.columns import new_public_id, now
from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import changes, inbox, snooze, undoing
from notifier.services.inbox.filters import Filter
from notifier.services.maintenance import consistency
from notifier.services.messages import retention, send, withdraw
from notifier.services.messages.send import Draft
from notifier.services.preferences import mutes
from notifier.services.preferences.mutes import MuteDraft
from notifier.services.streams.snapshot_reader import SnapshotReader
from notifier.web.events.json import JsonEvents
from tests.servers.notifier import SECRET_KEY
from tests.sse import Event, Parser
from tests.sse.track import Track
from tests.unit.services.inbox.inbox_model import ROOM, Inbox, Item, SentMessage

EXAMPLES = {"sqlite": 30, "postgresql": 10}
STEPS = 30

FILTERS = {
    "": Filter(),
    "all": Filter(everything=True),
    **{status: Filter(status=Status(status)) for status in ("unread", "read", "archived", "snoozed")},
}
WEEK = retention.TOMBSTONE_LIFE
HOUR = timedelta(hours=1)
LATE = timedelta(seconds=1)  # more than by which the clock of a connection to PostgreSQL may be late

ones = st.integers(0, 1)
numbers = st.integers(0, 20)
filters = st.sampled_from(sorted(FILTERS))


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY, "INBOX_MAX": ROOM})
    with app.app_context():
        yield app
        db.engine.dispose()


def test_inboxes_match_the_model_after_random_operations(app: Flask) -> None:
    examples = EXAMPLES[db.engine.dialect.name]
    factory: Any = partial(World, app)
    run_state_machine_as_test(factory, settings=settings(max_examples=examples, stateful_step_count=STEPS, deadline=None))
    assert consistency.problems() == []


def shows(name: str, item: Item) -> bool:
    """Whether a list with this filter shows it."""
    return name == "all" or (item.status == name if name else item.status not in ("archived", "snoozed"))


class World(RuleBasedStateMachine):
    """Two users, each with an inbox in the database and one of the model."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.reader = SnapshotReader(app)
        self.sender = f"user:{int(new_public_id()[-12:], 16)}"
        self.people: list[Account] = [users.create_user(new_public_id(), "correct horse") for _ in range(2)]
        self.inboxes = [Inbox(), Inbox()]
        self.messages: list[SentMessage] = []
        self.past: list[dict[int, dict[str, tuple[str, str]]]] = [{0: {}}, {0: {}}]
        """By user, the state of an up-to-date client at each seq."""

    @rule(to=st.sampled_from([[0], [1], [0, 1]]), key=st.sampled_from([None, "a", "b"]))
    def send(self, to: list[int], key: str | None) -> None:
        title = str(len(self.messages))
        draft = Draft(to=[f"user:{self.people[one].name}" for one in to], title=title, collapse_key=key)
        sent = send.send(draft, sender=self.sender)
        with database.read() as connection:
            latest = connection.execute(select(Message.public_id).order_by(Message.id.desc()).limit(1)).scalar_one()
        message = SentMessage(latest, title, key)
        self.messages.append(message)
        items = [self.inboxes[one].deliver(message) for one in to]
        assert (sent.id, sent.seq) == ((items[0].id, items[0].seq) if len(to) == 1 else (message.id, None))

    @rule(one=ones, number=numbers, status=st.sampled_from(["unread", "read", "archived", "deleted"]))
    def change(self, one: int, number: int, status: str) -> None:
        """Change the status of a message that was sent to this user or to the other one."""
        if not self.messages:
            return
        id = self.messages[number % len(self.messages)].id
        known = id in self.inboxes[one].shown()
        try:
            item, _ = inbox.set_status(self.people[one].id, id, Status(status))
            assert (item.public_id, item.status) == (id, status)
        except NotFound:
            assert not known
        self.inboxes[one].change(lambda item: item.id == id, status)

    @rule(one=ones, number=numbers)
    def snooze(self, one: int, number: int) -> None:
        if not self.messages:
            return
        id = self.messages[number % len(self.messages)].id
        known = id in self.inboxes[one].shown()
        try:
            item, _ = snooze.snooze(self.people[one].id, id, now() + HOUR)
            assert (item.public_id, item.status) == (id, "snoozed")
        except NotFound:
            assert not known
        self.inboxes[one].snooze(id)

    @rule(one=ones, number=numbers)
    def wake(self, one: int, number: int) -> None:
        """The time of one snoozed notification comes."""
        snoozed = self.inboxes[one].snoozed()
        if not snoozed:
            return
        item = snoozed[number % len(snoozed)]
        due = update(Notification).where(Notification.user_id == self.people[one].id, Notification.seq == item.seq)
        with database.write() as transaction:
            transaction.execute(due.where(Notification.position == item.position).values(snoozed_until=now() - LATE))
        while snooze.wake_step():
            pass
        self.inboxes[one].wake(item)

    @rule(one=ones)
    def mute_or_unmute(self, one: int) -> None:
        inbox, person = self.inboxes[one], self.people[one]
        inbox.muted = not inbox.muted
        if inbox.muted:
            mutes.mute(person.id, MuteDraft(kind="type", value="info"))
        for row in () if inbox.muted else mutes.listing(person.id):
            mutes.unmute(person.id, row.public_id)

    @rule(one=ones, name=filters)
    def read_all(self, one: int, name: str) -> None:
        changed = inbox.read_all(self.people[one].id, FILTERS[name])
        assert changed.count == self.inboxes[one].change(lambda item: shows(name, item) and item.status == "unread", "read")

    @rule(one=ones, name=filters)
    def clear(self, one: int, name: str) -> None:
        changed = inbox.clear(self.people[one].id, FILTERS[name])
        assert changed.count == self.inboxes[one].change(lambda item: shows(name, item), "deleted")

    @rule(one=ones, back=st.integers(0, 4))
    def undo(self, one: int, back: int) -> None:
        seq = self.inboxes[one].seq - back
        try:
            undone = undoing.undo(self.people[one].id, seq).count
        except Conflict:
            undone = 0
        assert undone == self.inboxes[one].undo(seq)

    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        if not self.messages:
            return
        message = self.messages[number % len(self.messages)]
        withdraw.withdraw(message.id, self.sender)
        message.ended = True
        for one in self.inboxes:
            one.withdraw(message)

    @rule(number=numbers)
    def expire(self, number: int) -> None:
        message = self.messages[number % len(self.messages)] if self.messages else None
        if message is None or message.ended:
            return
        with database.write() as transaction:
            transaction.execute(update(Message).where(Message.public_id == message.id).values(ends_at=now() - LATE))
        while retention.end_step():
            pass
        message.ended = True
        for one in self.inboxes:
            one.end(lambda item: item.message is message)

    @rule()
    def trim(self) -> None:
        while retention.trim_step():
            pass
        for one in self.inboxes:
            one.trim()

    @rule()
    def sweep(self) -> None:
        of_users = Notification.user_id.in_([person.id for person in self.people])
        with database.write() as transaction:
            transaction.execute(update(Notification).where(of_users, changes.IS_DELETED).values(changed_at=now() - 2 * WEEK))
        while retention.sweep_step():
            pass
        for one, past in zip(self.inboxes, self.past, strict=True):
            swept = one.sweep()
            for seq in [seq for seq in past if seq < swept]:
                del past[seq]

    @invariant()
    def stored_inboxes_match_the_model(self) -> None:
        for person, one, past in zip(self.people, self.inboxes, self.past, strict=True):
            found = inbox.listing(person.id, FILTERS["all"], limit=100)
            assert [(item.public_id, item.status, item.title, item.seq) for item in found.items] == one.listed()
            assert (found.head.seq, found.head.unread) == (one.seq, one.unread)
            assert past.setdefault(one.seq, one.shown()) == one.shown(), "an item changed without a new seq"

    @rule(one=ones, number=numbers)
    def reconnect(self, one: int, number: int) -> None:
        """A client that reconnects with any earlier cursor gets the events that bring it up to date."""
        seq, known = sorted(self.past[one].items())[number % len(self.past[one])]
        known = dict(known)
        for event in self._stream(self.people[one], seq):
            if event.name == "notification":
                known[event.json["id"]] = (event.json["status"], event.json["title"])
            for change in event.json.get("changed", ()):
                known[change["id"]] = (change["status"], known.get(change["id"], ("", ""))[1])
        assert {id: state for id, state in known.items() if state[0] != "deleted"} == self.inboxes[one].shown()

    def _stream(self, person: Account, seq: int) -> list[Event]:
        """The events of a stream that starts after `seq`, in their proper order."""
        snapshot = self.reader.read([(person.id, seq)], limit=1000, listed=True)
        page = snapshot.pages[person.id]
        assert page.floor <= seq
        renderer, parser, track = JsonEvents(), Parser(), Track(f"{snapshot.epoch}-{seq}")
        parser.feed(renderer.connected(person.public_id, snapshot.epoch, seq, page))
        if page.seq > seq:
            parser.feed(renderer.changes(page.changes or [], seq, page, snapshot))
        for event in parser.events:
            track.check(event)
        assert parser.last_event_id == f"{snapshot.epoch}-{page.seq}"
        return parser.events
