"""Destinations: a message goes to each once, is tried again, and what cannot be sent is a dead letter that names no secret."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from notifier import database, metrics
from notifier.errors import Conflict, Invalid
from notifier.extensions import db
from notifier.models import AuditEntry
from notifier.models.columns import now
from notifier.models.user import Role
from notifier.services import configured_channels
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.destinations import destinations
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.messages import withdraw
from notifier.services.messages.content import Action
from notifier.services.messages.send import Draft, Sent, send
from notifier.services.outbox import administration, channel_trace, senders
from notifier.services.outbox.resting import Resting
from tests.outbox.hooks import hook
from tests.outbox.hooks import work as call_webhooks
from tests.outbox.office import HERE, PASSWORD
from tests.outbox.posts import TOKEN, address, deliveries, destination, later, states, work
from tests.outbox.receiver import Receiver

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("hooked_app")


@pytest.fixture
def alice() -> Account:
    return users.create_user("alice", PASSWORD)


def post(**fields: object) -> Sent:
    return send(Draft.model_validate({"to": "destination:ops", "title": "Deployed"} | fields))


def contents(receiver: Receiver) -> list[tuple[str, str, str]]:
    bodies = [json.loads(call.body) for call in receiver.calls]
    return [(body["type"], body["title"], body["message"]) for body in bodies]


def test_a_message_goes_to_a_destination_once(receiver: Receiver, alice: Account) -> None:
    destination(receiver)
    bob = users.create_user("bob", PASSWORD)
    actions: list[Any] = [Action(label="Log", url="/log/7"), Action(label="Site", url="https://example.com/")]
    to = ["user:alice", "destination:ops", "user:bob", "destination:OPS"]
    sent = send(Draft(to=to, title="Deployed", message="All well", type="error", actions=actions))
    work()

    assert sent.recipients == 2 and inbox.head(alice.id).unread == inbox.head(bob.id).unread == 1
    assert contents(receiver) == [("failure", "Deployed", f"All well\n\nLog: {HERE}/log/7\n\nSite: https://example.com/")]
    assert states() == [("sent", 1, None)] and deliveries()[0].target == "ops"
    assert destinations.listing()[0].last_ok_at is not None


def test_a_message_without_users_is_accepted(receiver: Receiver) -> None:
    destination(receiver)
    sent = post()
    work()

    assert (sent.recipients, sent.delivered) == (0, True)
    assert contents(receiver) == [("info", "", "Deployed")]


def test_unknown_destinations_are_refused_by_place(receiver: Receiver, alice: Account) -> None:
    destination(receiver)
    with pytest.raises(Invalid) as refused:
        post(to=["user:alice", "destination:dev"])
    with pytest.raises(Invalid) as with_all:
        post(to=["all", "destination:dev"])
    with pytest.raises(Invalid) as nameless:
        post(to="destination:")

    assert [error.field for error in refused.value.errors] == [error.field for error in with_all.value.errors] == ["to[1]"]
    assert [error.field for error in nameless.value.errors] == ["to"]
    assert inbox.head(alice.id).unread == 0 and states() == []


def test_without_the_extra_nothing_else_breaks(receiver: Receiver, hooked_app: Flask, alice: Account) -> None:
    destination(receiver)
    hooked_app.extensions[configured_channels.CHANNELS] = {}
    with pytest.raises(Invalid, match=r"notifier-server\[apprise\]"):
        post()
    with pytest.raises(Conflict):
        destination(receiver, "dev")
    send(Draft(to=["user:alice"], title="One"))

    assert inbox.head(alice.id).unread == 1


def test_messages_to_users_alone_execute_no_statement_for_destinations(receiver: Receiver, alice: Account) -> None:
    destination(receiver)
    send(Draft(to=["user:alice"], title="One"))
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    send(Draft(to=["user:alice"], title="Two"))

    assert statements and not [one for one in statements if "destinations" in one or "deliveries" in one]


def test_a_failure_is_tried_again_when_the_service_asks(receiver: Receiver) -> None:
    destination(receiver)
    receiver.status, receiver.retry_after = 429, "7200"
    post()
    work()
    later(HOUR)
    work()
    assert len(receiver.calls) == 1
    receiver.status = 204
    later(HOUR)
    work()

    assert len(receiver.calls) == 2 and states() == [("sent", 2, None)]


def test_given_up_deliveries_are_listed_and_tried_again(receiver: Receiver) -> None:
    destination(receiver)
    receiver.status = 500
    message = post()
    for _ in range(8):
        work()
        later(timedelta(hours=2.9))
        _move_due(receiver)
    (row,), _ = administration.listing("given_up", limit=10)
    assert (row.user, row.target, row.state, row.attempts) == (None, "ops", "given_up", 8)
    assert row.answer == "JSON did not take it: 500 Internal Server Error"
    with database.read() as connection:
        message_id = connection.scalar(
            select(db.metadata.tables["messages"].c.id).where(db.text("public_id = :id")), {"id": message.message}
        )
    assert [(one.channel, one.event, one.attempts) for one in channel_trace.of_destinations(message_id or 0)] == [("ops", "given_up", 8)]

    receiver.status = 204
    administration.retry(row.public_id)
    work()
    assert states() == [("sent", 1, None)]


def test_webhooks_are_called_about_what_is_given_up(receiver: Receiver) -> None:
    destination(receiver)
    hook(receiver, "delivery.given_up")
    receiver.status, receiver.location = 302, receiver.url
    post()
    work()
    receiver.status, receiver.location = 204, ""
    call_webhooks()

    data = receiver.calls[-1].data
    assert (data["channel"], data["destination"], data["user"]) == ("destination", "ops", None)


def test_what_policy_refuses_is_given_up_at_once(receiver: Receiver) -> None:
    destination(receiver)
    receiver.status, receiver.location = 307, receiver.url
    post()
    work()
    later(DAY)
    work()

    assert len(receiver.calls) == 1 and states() == [("given_up", 1, "given_up")]
    assert deliveries()[0].answer == "not allowed: the answer 307 is a redirect"


def test_five_days_of_failures_turn_it_off_and_admins_are_notified(receiver: Receiver) -> None:
    admin = users.create_user("admin", PASSWORD)
    users.set_role(admin, Role.ADMIN)
    public_id = destination(receiver)
    receiver.status = 500
    post()
    work()
    later(timedelta(days=5))
    post()
    work()
    assert destinations.listing()[0].disabled_at is not None
    items = inbox.listing(admin.id, Filter(), limit=9).items
    assert [(item.title, item.actions[0]["url"]) for item in items] == [("The destination ops was turned off", "/admin/destinations")]
    receiver.status = 204
    post()
    work()
    assert states()[-1] == ("skipped", 0, "no_destination")
    with pytest.raises(Conflict):
        destinations.send_test(public_id)
    destinations.switch(public_id, on=True)
    destinations.send_test(public_id)
    work()

    assert contents(receiver)[-1] == ("info", "Test", "The destination ops works.") and states()[-1] == ("sent", 1, None)


def test_what_is_withdrawn_expired_or_removed_is_not_sent(receiver: Receiver) -> None:
    public_id = destination(receiver)
    withdraw.withdraw(post().id, None)
    post(expires_at=now() + timedelta(hours=2))
    later(3 * HOUR)
    with database.write() as transaction:
        transaction.execute(db.text("UPDATE messages SET ends_at = :at WHERE expires_at IS NOT NULL"), {"at": now() - HOUR})
    work()
    post()
    destinations.remove(public_id)
    work()

    assert [state[2] for state in states()] == ["withdrawn", "expired", "no_destination"] and receiver.calls == []


def test_a_scheduled_message_waits_for_its_time(receiver: Receiver) -> None:
    destination(receiver)
    post(send_at=now() + 2 * HOUR)
    work()
    assert receiver.calls == []
    later(2 * HOUR)
    work()

    assert len(receiver.calls) == 1


def test_a_destination_that_failed_rests_and_holds_up_no_other(receiver: Receiver) -> None:
    resting = Resting[str]()
    destination(receiver)
    destination(receiver, "dev")
    receiver.status = 500
    for name in ("ops", "ops", "dev"):
        post(to=f"destination:{name}")
    channel, breaker = configured_channels.by_name()["destination"], senders.breaker()
    senders.send_next(channel, breaker, resting)
    receiver.status = 204
    while senders.send_next(channel, breaker, resting):
        pass

    assert [(row.target, row.attempts) for row in deliveries()] == [("ops", 1), ("ops", 0), ("dev", 1)]


def test_addresses_are_noted_nowhere(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    destination(receiver)
    with pytest.raises(Invalid) as refused:
        destinations.create("dev", address(receiver).replace("json:", "syslog:"))
    receiver.status = 500
    post()
    work()

    with database.read() as connection:
        noted = str(connection.execute(select(AuditEntry.__table__)).all())
    shown = noted + caplog.text + repr(destinations.listing()) + repr(deliveries()) + str(metrics.exposition()) + repr(refused.value.errors)
    assert "destination.created" in noted and "JSON" in noted
    assert TOKEN not in shown


def _move_due(receiver: Receiver) -> None:
    """Nothing becomes too old here: what counts are the attempts."""
    with database.write() as transaction:
        transaction.execute(db.text("UPDATE deliveries SET due_at = :at"), {"at": now()})
        transaction.execute(db.text("UPDATE deliveries SET not_before = :at"), {"at": now() - timedelta(seconds=1)})
