"""Destinations whose service fails: tried again, given up, turned off at last, and nothing is lost by a process that dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from notifier import database
from notifier.errors import Conflict
from notifier.extensions import db
from notifier.models.columns import now
from notifier.models.user import Role
from notifier.services.accounts import users
from notifier.services.destinations import destinations
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.outbox import administration, channel_trace, claims
from tests.outbox.hooks import hook
from tests.outbox.hooks import work as call_webhooks
from tests.outbox.office import PASSWORD
from tests.outbox.posts import contents, deliveries, destination, later, post, states, work
from tests.outbox.queues import deliveries_on, send_all, send_one
from tests.outbox.receiver import Receiver

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("hooked_app")


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
        _move_due()
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


def test_a_destination_that_failed_rests_and_holds_up_no_other(receiver: Receiver) -> None:
    destination(receiver)
    destination(receiver, "dev")
    receiver.status = 500
    for name in ("ops", "ops", "dev"):
        post(to=f"destination:{name}")
    queue = deliveries_on("destination")
    send_one(queue)
    receiver.status = 204
    send_all(queue)

    assert [(row.target, row.attempts) for row in deliveries()] == [("ops", 1), ("ops", 0), ("dev", 1)]


def test_what_a_killed_process_had_claimed_is_sent_again(receiver: Receiver) -> None:
    destination(receiver)
    post()
    claimed, more = claims.claim("destination")
    assert len(claimed) == 1 and not more and claims.claim("destination") == ([], False)
    later(claims.CLAIM_LEASE)
    work()

    assert len(receiver.calls) == 1 and states() == [("sent", 2, None)]


def _move_due() -> None:
    """Nothing becomes too old here: what counts are the attempts."""
    with database.write() as transaction:
        transaction.execute(db.text("UPDATE deliveries SET due_at = :at"), {"at": now()})
        transaction.execute(db.text("UPDATE deliveries SET not_before = :at"), {"at": now() - timedelta(seconds=1)})
