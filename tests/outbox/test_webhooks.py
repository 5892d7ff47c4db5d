"""Webhooks: every event arrives, signed and in the transaction of what it reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from standardwebhooks import WebhookVerificationError

from notifier import database
from notifier.errors import Invalid
from notifier.models import AuditEntry, Delivery, WebhookAttempt
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.filters import Filter
from notifier.services.messages import replies
from notifier.services.messages.send import Draft, send
from notifier.services.outbox import link_tokens, retention, unsubscribe, webhook_calls
from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move, NewSession
from notifier.services.webhooks import given_up, recording, webhooks
from tests.databases import Databases
from tests.outbox.hooks import hook, later, ping, states, work
from tests.outbox.office import PASSWORD, category
from tests.outbox.receiver import Receiver
from tests.statements import noted

DAY = timedelta(days=1)


pytestmark = pytest.mark.usefixtures("hooked_app")


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What depends on the database is in `test_webhook_claims`."""
    return sqlite_databases


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
    with noted() as statements:
        send(Draft(to=["user:alice"], title="Two"))
        inbox.read_all(alice.id, Filter())

    assert statements and not [one for one, _ in statements if "webhook" in one]
    assert not webhook_calls.Calls().is_due()


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


def test_the_last_fifty_attempts_are_kept(receiver: Receiver) -> None:
    public_id = ping(receiver)
    for _ in range(54):
        webhooks.send_test(public_id)
    work()
    assert len(webhooks.attempts()) == 50 and len(receiver.calls) == 55
    shown = webhooks.attempts()

    retention.purge_step()
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(WebhookAttempt)) == 50
    assert webhooks.attempts() == shown


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
