"""Every way in which a notification leaves the list arrives at once on an open stream, and by replay for who was away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from notifier import database
from notifier.models import Message, Notification
from notifier.services import lifetime
from tests.api_client import Person, problem
from tests.site import Site
from tests.sse import Event

MOST = 5


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"INBOX_MAX": MOST, "LOOK_SECONDS": 0.2}


def deleted(site: Site, alice: Person, dana: Person, sent: str) -> None:
    alice.delete(f"/api/notifications/{sent}")


def cleared(site: Site, alice: Person, dana: Person, sent: str) -> None:
    alice.delete("/api/notifications")


def withdrawn(site: Site, alice: Person, dana: Person, sent: str) -> None:
    assert dana.post(f"/api/notifications/{sent}/withdraw").status_code == 200


def expired(site: Site, alice: Person, dana: Person, sent: str) -> None:
    with site.elsewhere(), database.write() as transaction:
        transaction.execute(update(Message).where(Message.public_id == sent).values(ends_at=database.clock(transaction)))


def too_old(site: Site, alice: Person, dana: Person, sent: str) -> None:
    with site.elsewhere():
        with database.write() as transaction:
            old = datetime.now(UTC) - timedelta(days=91)
            transaction.execute(update(Message).where(Message.public_id == sent).values(created_at=old))
        lifetime.retire_step()


def crowded_out(site: Site, alice: Person, dana: Person, sent: str) -> None:
    for _ in range(MOST):
        dana.send(alice)


WAYS = [deleted, cleared, withdrawn, expired, too_old, crowded_out]
Way = Callable[[Site, Person, Person, str], None]


def gone(sent: str) -> Callable[[Event], bool]:
    return lambda event: event.name == "state" and {"id": sent, "status": "deleted"} in event.json["changed"]


@pytest.mark.parametrize("way", WAYS)
def test_it_arrives_at_once(site: Site, alice: Person, dana: Person, way: Way) -> None:
    sent = dana.send(alice)["id"]
    stream = alice.connected()

    way(site, alice, dana, sent)

    stream.until(gone(sent), 5)
    problem(alice.get(f"/api/notifications/{sent}"), 404)


@pytest.mark.parametrize("way", WAYS)
def test_it_arrives_by_replay(site: Site, alice: Person, dana: Person, way: Way) -> None:
    sent = dana.send(alice)["id"]
    away = alice.connected()
    cursor = away.last_event_id
    away.close()
    watching = alice.connected()

    way(site, alice, dana, sent)

    watching.until(gone(sent), 5)
    alice.stream(last_event_id=cursor).until(gone(sent), 5)


def test_the_newcomer_and_who_makes_room_are_one_step(alice: Person, dana: Person) -> None:
    first, *_ = [dana.send(alice)["id"] for _ in range(MOST)]
    stream = alice.connected()

    newest = dana.send(alice)

    left, came = stream.until("state"), stream.until("notification")
    assert left.json["changed"] == [{"id": first, "status": "deleted"}]
    assert (left.id, came.json["id"], came.json["seq"]) == (None, newest["id"], newest["seq"])
    assert len(alice.get("/api/notifications?status=all").json()) == MOST


def test_a_cursor_from_before_the_sweep_is_answered_with_a_reset(site: Site, alice: Person, dana: Person) -> None:
    away = alice.connected()
    before = away.last_event_id
    sent = dana.send(alice)["id"]
    alice.delete(f"/api/notifications/{sent}")
    long_ago = datetime.now(UTC) - lifetime.TOMBSTONE_LIFE - timedelta(hours=1)
    with site.elsewhere():
        with database.write() as transaction:
            transaction.execute(update(Notification).where(Notification.status == "deleted").values(changed_at=long_ago))
        while lifetime.sweep_step():
            pass

    stream = alice.stream(last_event_id=before)

    assert stream.next(5).id is None
    assert stream.until("reset", 5).json == {"seq": 2, "unread_count": 0}


def test_what_is_restored_arrives_with_its_text(alice: Person, dana: Person) -> None:
    sent = dana.send(alice, title="Not gone yet")["id"]
    stream = alice.connected()
    cleared_at = alice.delete("/api/notifications").json()["seq"]
    dana.send(alice, title="Meanwhile")

    answer = alice.post("/api/notifications/undo", json={"seq": cleared_at}).json()

    restored = stream.until(lambda event: event.name == "notification" and event.json["seq"] == answer["seq"])
    assert (restored.json["id"], restored.json["title"], restored.json["status"]) == (sent, "Not gone yet", "unread")
    assert [item["title"] for item in alice.get("/api/notifications").json()] == ["Meanwhile", "Not gone yet"]


def test_what_was_withdrawn_meanwhile_stays_gone(alice: Person, dana: Person) -> None:
    sent = dana.send(alice)["id"]
    seq = alice.delete("/api/notifications").json()["seq"]
    dana.post(f"/api/notifications/{sent}/withdraw")

    problem(alice.post("/api/notifications/undo", json={"seq": seq}), 409, "nothing_to_undo")
