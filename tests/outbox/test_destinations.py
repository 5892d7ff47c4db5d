"""Destinations: a message goes to each once, is tried again, and what cannot be sent is a dead letter that names no secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from notifier import database, metrics
from notifier.channels.ports import Outcome, Result
from notifier.errors import Conflict, Invalid
from notifier.extensions import db
from notifier.models import AuditEntry, Delivery
from notifier.models.columns import now
from notifier.services import configured_channels
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.destinations import destinations
from notifier.services.inbox import inbox
from notifier.services.messages import withdraw
from notifier.services.messages.content import Action
from notifier.services.messages.send import Draft, send
from notifier.services.outbox import claims
from notifier.services.outbox.deliveries import settle
from tests.outbox.office import HERE, PASSWORD
from tests.outbox.posts import TOKEN, address, contents, deliveries, destination, later, post, states, work
from tests.outbox.receiver import Receiver
from tests.statements import noted

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("hooked_app")


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
    with noted() as statements:
        send(Draft(to=["user:alice"], title="Two"))

    assert statements and not [one for one, _ in statements if "destinations" in one or "deliveries" in one]


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


def test_what_waits_for_a_removed_destination_does_not_go_to_another_of_its_name(receiver: Receiver) -> None:
    removed = destination(receiver)
    destination(receiver, "dev")
    receiver.status = 500
    post()
    post(to="destination:dev")
    work()
    destinations.remove(removed)
    assert [state[::2] for state in states()] == [("skipped", "no_destination"), ("waiting", None)]
    destination(receiver)
    receiver.status = 200
    later(HOUR)
    work()

    assert [state[0] for state in states()] == ["skipped", "sent"]


def test_what_is_in_flight_at_the_removal_does_not_reach_another_of_its_name(receiver: Receiver) -> None:
    removed = destination(receiver)
    post()
    (claimed,), _ = claims.claim("destination")
    destinations.remove(removed)
    destination(receiver)
    settle(claimed, Outcome(Result.LATER, "503"))
    later(HOUR)
    work()

    assert receiver.calls == [] and states() == [("skipped", 1, "no_destination")]
    assert destinations.listing()[0].failing_since is None, "another one has failed"


def test_a_delivery_of_the_version_before_finds_its_destination_by_name(receiver: Receiver) -> None:
    destination(receiver)
    post()
    with database.write() as transaction:
        transaction.execute(update(Delivery).values(destination_id=None))
    work()

    assert len(receiver.calls) == 1 and states() == [("sent", 1, None)]
    assert destinations.listing()[0].last_ok_at is not None


def test_a_scheduled_message_waits_for_its_time(receiver: Receiver) -> None:
    destination(receiver)
    post(send_at=now() + 2 * HOUR)
    work()
    assert receiver.calls == []
    later(2 * HOUR)
    work()

    assert len(receiver.calls) == 1


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
