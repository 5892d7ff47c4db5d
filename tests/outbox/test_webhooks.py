"""Webhooks: every event arrives signed, at least once, with one id; a broken receiver is tried again and turned off at last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select
from standardwebhooks import WebhookVerificationError

from notifier import database
from notifier.errors import Conflict, Invalid
from notifier.extensions import db
from notifier.models import AuditEntry, Delivery, WebhookAttempt
from notifier.models.user import Role
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.filters import Filter
from notifier.services.messages import replies
from notifier.services.messages.send import Draft, send
from notifier.services.outbox import link_tokens, unsubscribe, webhook_calls
from notifier.services.outbox.resting import Resting
from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move, NewSession
from notifier.services.webhooks import given_up, recording, webhooks
from tests.databases import Databases
from tests.outbox.hooks import hook, later, ping, states, work
from tests.outbox.office import PASSWORD, category
from tests.outbox.receiver import Receiver

DAY = timedelta(days=1)


pytestmark = pytest.mark.usefixtures("hooked_app")


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What depends on the database is in `test_webhook_claims`."""
    return sqlite_databases


@pytest.fixture
def alice() -> Account:
    return users.create_user("alice", PASSWORD)


def test_every_event_arrives_and_is_verified(receiver: Receiver, alice: Account) -> None:
    public_id, secret = hook(receiver)
    bob = users.create_user("bob", PASSWORD)
    actions: list[Any] = [{"label": "Watch", "url": "/video/7"}, {"label": "Answer", "reply": True}]
    sent = send(Draft(to=["user:alice"], title="Ready?", actions=actions), sender=bob.sender)
    item, _ = inbox.get(alice.id, sent.id)
    receipts.clicked(alice.id, item.row_id)
    receipts.clicked(alice.id, item.row_id)
    replies.give(alice, sent.id, replies.Answer(text="Yes"))
    inbox.read_all(alice.id, Filter())
    session = sessions.create(NewSession(title="Render", owner="alice"), creator="local")
    sessions.move(session, Move(status="processed"), Viewer(None, True, "local"))
    category("videos")
    unsubscribe.stop(link_tokens.unsubscribe(alice.public_id, "videos", "email"))
    _give_up(alice)
    webhooks.send_test(public_id)

    work()

    found = [call.event for call in receiver.calls]
    assert sorted(set(found)) == sorted(recording.EVENTS) and len(found) == len(recording.EVENTS), found
    for call in receiver.calls:
        call.verify(secret)
    data = {call.event: call.data for call in receiver.calls}
    assert data["message.sent"] | {"recipients": 1, "to": ["user:alice"], "title": "Ready?"} == data["message.sent"]
    for name in ("notification.read", "notification.clicked"):
        assert (data[name]["id"], data[name]["user"]) == (sent.id, "alice")
    assert (data["reply.given"]["text"], data["session.ended"]["id"]) == ("Yes", session)
    assert data["user.unsubscribed"] == {"user": "alice", "category": "videos", "channel": "email"}
    assert data["delivery.given_up"]["user"] == "alice"
    assert len({call.id for call in receiver.calls}) == len(found)


def test_a_webhook_gets_only_its_events(receiver: Receiver, alice: Account) -> None:
    hook(receiver, "notification.read")
    send(Draft(to=["user:alice"], title="One"))
    inbox.read_all(alice.id, Filter())
    work()

    assert [call.event for call in receiver.calls] == ["notification.read"]


def test_what_is_rolled_back_is_not_reported(receiver: Receiver, alice: Account) -> None:
    hook(receiver)
    with pytest.raises(Invalid):
        send(Draft(to=["user:unknown"], title="One"))
    with pytest.raises(ZeroDivisionError), database.write() as transaction:
        recording.record(transaction, "ping", {})
        raise ZeroDivisionError

    assert states() == []


def test_without_webhooks_no_statement_is_executed(alice: Account) -> None:
    send(Draft(to=["user:alice"], title="One"))
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    send(Draft(to=["user:alice"], title="Two"))
    inbox.read_all(alice.id, Filter())

    assert statements and not [one for one in statements if "webhook" in one]
    assert not webhook_calls.is_due()


def test_both_secrets_sign_for_a_day_after_a_rotation(receiver: Receiver) -> None:
    public_id, old = hook(receiver)
    new = webhooks.rotate(public_id)
    webhooks.send_test(public_id)
    work()
    later(DAY)
    webhooks.send_test(public_id)
    work()
    first, second = receiver.calls

    first.verify(old)
    first.verify(new)
    second.verify(new)
    with pytest.raises(WebhookVerificationError):
        second.verify(old)


def test_a_failed_call_is_repeated_with_its_id(receiver: Receiver) -> None:
    ping(receiver)
    for status in (500, 404, 429):
        receiver.status = status
        work()
        work()
        later(DAY)
    receiver.status = 204
    work()

    assert len(receiver.calls) == 4 and states() == [("sent", 4)]
    assert len({(call.id, call.body) for call in receiver.calls}) == 1
    assert [row.answer for row in webhooks.attempts()] == ["204", "429", "404", "500"]


def test_a_call_is_given_up_after_its_retries_and_made_again_by_redeliver(receiver: Receiver) -> None:
    ping(receiver)
    receiver.status = 500
    for _ in range(8):
        work()
        later(timedelta(hours=15))
    assert states() == [("given_up", 8)]
    receiver.status = 204
    webhooks.redeliver(receiver.calls[0].id)
    work()

    assert states() == [("sent", 1)] and receiver.calls[-1].id == receiver.calls[0].id


def test_a_webhook_that_failed_rests_and_holds_up_no_other(receiver: Receiver) -> None:
    resting, broken = Resting[int](), ping(receiver)
    webhooks.send_test(broken)
    receiver.status = 500
    webhook_calls.send_next(resting)
    webhooks.create("other", receiver.url, ["ping"])
    receiver.status = 204
    webhooks.send_test(next(row.public_id for row in webhooks.listing() if row.name == "other"))
    while webhook_calls.send_next(resting):
        pass

    assert [call.data["webhook"] for call in receiver.calls] == ["app", "other"]


def test_targets_that_policy_refuses_are_given_up_at_once(receiver: Receiver, hooked_app: Flask) -> None:
    ping(receiver)
    receiver.status, receiver.location = 302, receiver.url
    work()
    later(DAY)
    work()
    assert states() == [("given_up", 1)] and len(receiver.calls) == 1
    with patch.dict(hooked_app.config, ALLOW_PRIVATE_TARGETS=False):
        webhooks.redeliver(receiver.calls[0].id)
        work()

    assert len(receiver.calls) == 1
    assert all(row.answer.startswith("not allowed: ") for row in webhooks.attempts())


def test_five_days_of_failures_turn_it_off_and_admins_are_notified(receiver: Receiver, alice: Account) -> None:
    admin = users.create_user("admin", PASSWORD)
    users.set_role(admin, Role.ADMIN)
    public_id = ping(receiver)
    receiver.status = 500
    work()
    later(timedelta(days=4, hours=23))
    work()
    assert webhooks.listing()[0].disabled_at is None
    later(timedelta(hours=12))
    work()

    assert webhooks.listing()[0].disabled_at is not None
    titles = [item.title for item in inbox.listing(admin.id, Filter(), limit=9).items]
    assert titles == ["The webhook app was turned off"]
    assert inbox.head(alice.id).unread == 0
    send(Draft(to=["user:alice"], title="One"))
    with pytest.raises(Conflict):
        webhooks.send_test(public_id)
    assert len(states()) == 1
    receiver.status = 204
    webhooks.switch(public_id, on=True)
    later(DAY)
    work()
    assert states() == [("sent", 4)]


def test_one_success_starts_the_days_again(receiver: Receiver) -> None:
    public_id = ping(receiver)
    receiver.status = 500
    work()
    later(timedelta(days=4))
    receiver.status = 204
    work()
    receiver.status = 500
    webhooks.send_test(public_id)
    later(timedelta(days=4))
    work()

    assert webhooks.listing()[0].disabled_at is None


def test_the_last_fifty_attempts_are_kept(receiver: Receiver) -> None:
    public_id = ping(receiver)
    for _ in range(54):
        webhooks.send_test(public_id)
    work()

    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(WebhookAttempt)) == 50
    assert len(webhooks.attempts()) == 50 and len(receiver.calls) == 55


def test_secrets_are_noted_nowhere(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    public_id, secret = hook(receiver)
    new = webhooks.rotate(public_id)
    receiver.status = 500
    webhooks.send_test(public_id)
    work()

    with database.read() as connection:
        noted = str(connection.execute(select(AuditEntry.__table__)).all())
    shown = noted + caplog.text + repr(webhooks.listing()) + repr(webhooks.attempts())
    assert "webhook.created" in noted and "webhook.rotated" in noted
    assert secret not in shown and new not in shown


def _give_up(account: Account) -> None:
    with database.write() as transaction:
        now = database.clock(transaction)
        what = {"kind": "test", "channel": "email", "user_id": account.id, "target": "alice@example.com", "state": "given_up"}
        row = insert(Delivery).values(**what, due_at=now, not_before=now, created_at=now).returning(Delivery.id)
        id_ = transaction.scalar(row)
        assert id_ is not None
        given_up.record(transaction, id_)
