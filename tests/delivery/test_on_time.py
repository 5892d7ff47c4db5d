"""Scheduled work without any request: due messages, expiry, and fan-out in batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notifier.services.accounts import groups
from tests.api_client import Person
from tests.crowd import crowd
from tests.delivery.test_steps import statuses
from tests.site import Site

PATH = "/api/notifications"
# The scheduler runs every second.
SOON = 10.0


def in_a_moment() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=0.7)


def test_scheduled_message_arrives_when_due(alice: Person, dana: Person) -> None:
    stream, due = alice.connected(), in_a_moment()
    id = dana.send(alice, send_at=due.isoformat(), title="later")["id"]
    dana.send(alice, title="now")

    events = [stream.until("notification", timeout=SOON).json for _ in range(2)]

    assert datetime.now(UTC) >= due
    assert [event["title"] for event in events] == ["now", "later"]
    assert events[1]["id"] == id
    assert datetime.fromisoformat(events[1]["created_at"]) == due.replace(microsecond=due.microsecond // 1000 * 1000)


def test_expired_notification_leaves_on_time(alice: Person, dana: Person) -> None:
    over = in_a_moment()
    id = dana.send(alice, expires_at=over.isoformat())["id"]
    stream = alice.connected()
    assert alice.get(PATH).json()[0]["expires_at"] is not None

    event = stream.until("state", timeout=SOON)

    assert datetime.now(UTC) >= over
    assert statuses(event) == {id: "deleted"}
    assert event.json["unread_count"] == 0


def test_broadcast_to_a_thousand_arrives(site: Site, alice: Person, dana: Person) -> None:
    many = crowd(site, 1000)
    with site.elsewhere():
        groups.add(many.address.removeprefix("group:"), alice.name)
    stream = alice.connected()

    sent = dana.send(many.address)

    assert sent["recipients"] == 1001
    assert stream.until("notification", timeout=SOON).json["id"] == sent["id"]


def test_withdrawal_reaches_a_thousand(site: Site, alice: Person, dana: Person) -> None:
    many = crowd(site, 1000)
    with site.elsewhere():
        groups.add(many.address.removeprefix("group:"), alice.name)
    stream = alice.connected()
    id = dana.send(many.address)["id"]
    stream.until("notification", timeout=SOON)

    assert dana.post(f"{PATH}/{id}/withdraw").status_code == 200

    assert statuses(stream.until("state", timeout=SOON)) == {id: "deleted"}
