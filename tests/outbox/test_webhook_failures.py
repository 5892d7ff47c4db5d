"""Webhooks whose receiver fails: tried again with one id, given up, and turned off at last."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import select

from notifier import database
from notifier.errors import Conflict
from notifier.models import WebhookCall
from notifier.models.user import Role
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.messages.send import Draft, send
from notifier.services.outbox import webhook_calls
from notifier.services.webhooks import webhooks
from tests.databases import Databases
from tests.outbox.hooks import later, ping, states, work
from tests.outbox.office import PASSWORD
from tests.outbox.queues import send_all, send_one
from tests.outbox.receiver import Receiver

DAY = timedelta(days=1)


pytestmark = pytest.mark.usefixtures("hooked_app")


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What depends on the database is in `test_webhook_claims`."""
    return sqlite_databases


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


def test_a_receiver_says_when_it_wants_the_call_again(receiver: Receiver) -> None:
    """Never sooner than otherwise, and at most after 12 hours."""
    ping(receiver)
    receiver.status = 429
    waits = []
    for asked in ("7200", "0", "999999999"):
        receiver.retry_after = asked
        work()
        with database.read() as connection:
            waits.append(connection.execute(select(WebhookCall.not_before)).scalar_one() - database.clock(connection))
        later(DAY)
    receiver.status = 204
    work()

    assert [round(wait / timedelta(hours=1)) for wait in waits] == [2, 0, 12] and waits[1] > timedelta(minutes=3)
    assert states() == [("sent", 4)]


def test_a_receiver_that_is_gone_is_turned_off(receiver: Receiver) -> None:
    public_id = ping(receiver)
    receiver.status = 410
    work()

    assert states() == [("given_up", 1)] and webhooks.listing()[0].disabled_at is not None
    with pytest.raises(Conflict):
        webhooks.send_test(public_id)


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
    calls, broken = webhook_calls.Calls(), ping(receiver)
    webhooks.send_test(broken)
    receiver.status = 500
    send_one(calls)
    webhooks.create("other", receiver.url, ["ping"])
    receiver.status = 204
    webhooks.send_test(next(row.public_id for row in webhooks.listing() if row.name == "other"))
    send_all(calls)

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
