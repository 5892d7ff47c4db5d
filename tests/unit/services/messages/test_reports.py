"""Reports on sent messages: receipts, unread recipients, and the delivery trace to one user."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from notifier import database
from notifier.errors import NotFound
from notifier.models import Message, Notification, Process, StreamVisit
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.models.user import Role
from notifier.services.accounts import api_keys, users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.filters import Filter
from notifier.services.messages import audience_chunks, delivery_trace, reports, retention, send, withdraw
from notifier.services.messages.reports import Receipts
from notifier.services.messages.send import Draft

PEOPLE = ("alice", "bob", "carol", "dana")


@pytest.fixture
def people(app: Flask) -> dict[str, Account]:
    return {name: users.create_user(name, "correct horse battery", Role.SENDER if name == "dana" else Role.USER) for name in PEOPLE}


def sent_to(*to: str, sender: str = "local", **fields: Any) -> Any:
    """Send a message to these users. Returns its row."""
    answer = send.send(Draft(to=[f"user:{name}" for name in to], title="Hello", **fields), sender=sender)
    return reports.get(answer.message, None)


def read(account: Account, message: Any) -> None:
    inbox.set_status(account.id, message.public_id, Status.READ)


@pytest.mark.parametrize("at_once", [1, 2, 5000])
def test_receipts_match_the_rows_for_any_chunk_size(people: dict[str, Account], monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(reports, "_COUNT_BATCH_SIZE", at_once)
    message, other = sent_to("alice", "bob", "carol"), sent_to("alice", "bob")
    read(people["alice"], message)
    receipts.newest_seen(people["bob"].id, 10, 10)
    inbox.set_status(people["carol"].id, message.public_id, Status.DELETED)
    read(people["bob"], other)

    assert reports.receipts(message) == Receipts(rows=3, kept=2, seen=2, read=1, clicked=0)


def test_row_updated_in_place_counts_for_the_later_message_only(people: dict[str, Account]) -> None:
    first = sent_to("alice", "bob", collapse_key="build")
    read(people["bob"], first)
    second = sent_to("alice", "bob", collapse_key="build")

    assert reports.receipts(first) == Receipts(rows=1, kept=1, seen=1, read=1)
    assert reports.receipts(second) == Receipts(rows=2, kept=2)


def test_receipts_include_swept_rows(people: dict[str, Account]) -> None:
    message = sent_to("alice", "bob", "carol")
    read(people["alice"], message)
    for name in ("alice", "bob"):
        inbox.set_status(people[name].id, message.public_id, Status.DELETED)
    before = reports.receipts(message)
    with database.write() as transaction:
        transaction.execute(update(Notification).values(changed_at=now() - retention.TOMBSTONE_LIFE - timedelta(minutes=1)))
    assert retention.sweep_step()
    assert not retention.sweep_step()

    assert reports.receipts(reports.get(message.public_id, None)) == before == Receipts(rows=3, kept=1, seen=before.seen, read=1)
    assert [row.name for row in reports.unread(message.id, limit=5).rows] == ["carol"]


def test_collapsed_message_is_found_by_its_own_id(people: dict[str, Account]) -> None:
    first = send.send(Draft(to="user:alice", title="one", collapse_key="build"))
    second = send.send(Draft(to="user:alice", title="two", collapse_key="build"))

    assert second.id == first.id
    assert reports.get(second.message, None).title == "two"


def test_listing_is_by_sender_or_of_all_newest_first(people: dict[str, Account]) -> None:
    mine, other = sent_to("alice", sender="user:4"), sent_to("alice", sender="key:1")

    assert [row.id for row in reports.listing("user:4", limit=10).rows] == [mine.id]
    assert [row.id for row in reports.listing(None, limit=10).rows] == [other.id, mine.id]
    with pytest.raises(NotFound):
        reports.get(other.public_id, "user:4")


def test_listing_pages_have_no_gap(people: dict[str, Account]) -> None:
    ids = [sent_to("alice").id for _ in range(5)]
    first = reports.listing(None, limit=3)
    second = reports.listing(None, limit=3, before=first.before)

    assert [row.id for row in [*first.rows, *second.rows]] == ids[::-1]
    assert second.before is None


def test_unread_recipients_in_pages_and_all_at_once(people: dict[str, Account], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_PAGE_SIZE", 2)
    message = sent_to(*PEOPLE)
    read(people["bob"], message)
    first = reports.unread(message.id, limit=2)
    second = reports.unread(message.id, limit=2, after=first.after or 0)

    assert [[row.name for row in page.rows] for page in (first, second)] == [["alice", "carol"], ["dana"]]
    assert second.after is None
    assert [row.name for row in reports.all_unread(message.id)] == ["alice", "carol", "dana"]


def test_names_of_users_keys_and_the_machine(people: dict[str, Account]) -> None:
    api_keys.create("farm")
    called = {f"user:{people['dana'].id}": "dana", "key:1": "farm", "local": "this machine", "user:999": "deleted user"}

    assert reports.names(called) == called


def visit(
    account: Account, from_seq: int, to_seq: int | None, opened: float = -60, closed: float | None = None, *, alive: bool = True
) -> None:
    """Store a stream that was opened and closed so many seconds from now."""
    with database.write() as transaction:
        process = insert(Process).values(host="here", pid=1, started_at=now(), seen_at=now(), ended_at=None if alive else now())
        process_id = transaction.scalar(process.returning(Process.id))
        times = {"opened_at": now() + timedelta(seconds=opened), "closed_at": None if closed is None else now() + timedelta(seconds=closed)}
        seqs = {"from_seq": from_seq, "to_seq": to_seq}
        row = {"process_id": process_id, "number": 1, "key": f"user:{account.id}", "user_id": account.id}
        transaction.execute(insert(StreamVisit).values(**row, **seqs, **times))


def test_trace_counts_streams_that_delivered_live(people: dict[str, Account]) -> None:
    alice = people["alice"]
    sent_to("alice")
    message = sent_to("alice")
    visit(alice, 1, None)
    visit(alice, 0, 2, closed=-1)
    visit(people["bob"], 0, None)
    read(alice, message)
    found = delivery_trace.of(message, "ALICE")

    assert (found.user, found.seq, found.streams, found.caught_up, found.status) == ("alice", 2, 2, 0, "read")
    assert found.read_at and found.seen_at and found.clicked_at is None


NOT_DELIVERED: dict[str, dict[str, Any]] = {
    "ended before": {"from_seq": 0, "to_seq": 1, "closed": -1},
    "started after": {"from_seq": 2, "to_seq": None},
    "started with a reset": {"from_seq": -1, "to_seq": None},
    "ended at an unknown seq": {"from_seq": 1, "to_seq": None, "closed": -1},
    "its process was killed": {"from_seq": 1, "to_seq": None, "alive": False},
}


def test_trace_ignores_streams_that_did_not_deliver_it(people: dict[str, Account]) -> None:
    sent_to("alice")
    message = sent_to("alice")
    for how, stream in NOT_DELIVERED.items():
        visit(people["alice"], **stream)
        found = delivery_trace.of(message, "alice")

        assert (found.streams, found.caught_up) == (0, 0), how


def test_trace_counts_a_later_stream_as_caught_up(people: dict[str, Account]) -> None:
    message = sent_to("alice")
    visit(people["alice"], 0, None, opened=5)
    found = delivery_trace.of(message, "alice")

    assert (found.streams, found.caught_up) == (0, 1)
    assert found.first_caught_up_at and found.first_caught_up_at > message.created_at


def test_trace_of_a_non_recipient_and_of_an_unknown_user(people: dict[str, Account]) -> None:
    message = sent_to("alice")

    assert (delivery_trace.of(message, "bob").seq, delivery_trace.of(message, "bob").pending) == (None, False)
    with pytest.raises(NotFound):
        delivery_trace.of(message, "mallory")


def test_trace_of_a_scheduled_message_is_pending(people: dict[str, Account]) -> None:
    users.set_disabled("alice", True)
    message = sent_to("alice", send_at=now() + timedelta(hours=1))
    found = delivery_trace.of(message, "alice")
    assert (found.seq, found.pending, found.disabled) == (None, True, True)
    withdraw.withdraw(message.public_id, None)

    assert not delivery_trace.of(message, "alice").pending
    assert not audience_chunks.step()


def test_audience_terms_are_stored(people: dict[str, Account]) -> None:
    assert sent_to("alice", "bob").audience == ["user:alice", "user:bob"]
    by_id = send.send(Draft(user_id=people["alice"].public_id, title="Hello"))
    assert reports.get(by_id.message, None).audience == []


def test_receipts_agree_with_the_inboxes(people: dict[str, Account]) -> None:
    """The counted rows are those that users see."""
    message = sent_to(*PEOPLE)
    shown = [inbox.listing(person.id, Filter(), limit=5).items for person in people.values()]
    with database.read() as connection:
        rows = connection.execute(select(Notification.id).join(Message, Message.id == Notification.message_id)).all()

    assert reports.receipts(message).kept == len(rows) == sum(map(len, shown))
