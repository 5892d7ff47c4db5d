"""`collapse_key`: a later message of the same sender replaces an earlier one that is still unread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifier.models import AudienceChunk, Message
from notifier.services.inbox.changes import IS_KEPT
from notifier.services.messages import audience_chunks, retention
from tests.api_client import Person, problem
from tests.crowd import crowd, holders
from tests.people import People
from tests.times import set_back

KEY = "build-7"


def update(sender: Person, to: Person | str | list[str], title: str, key: str | None = KEY, **fields: Any) -> dict[str, Any]:
    return sender.send(to, title=title, collapse_key=key, **fields)


def listed(person: Person) -> list[tuple[str, str, str]]:
    """Return (id, title, status), newest first."""
    return [(item["id"], item["title"], item["status"]) for item in person.get("/api/notifications?status=all").json()]


def counts(person: Person) -> tuple[int, int]:
    """Return (unread, seq)."""
    body = person.get("/api/notifications/unread-count").json()
    return body["unread_count"], body["seq"]


def test_later_message_updates_the_earlier_notification(dana: Person, alice: Person) -> None:
    first = update(dana, alice, "10 %", type="info")
    second = update(dana, alice, "20 %", type="success", message="nearly", priority="high")

    (item,) = alice.get("/api/notifications").json()
    assert second == first | {"seq": 2}
    assert (item["id"], item["seq"], item["status"]) == (first["id"], 2, "unread")
    assert (item["title"], item["message"], item["type"], item["priority"]) == ("20 %", "nearly", "success", "high")
    assert counts(alice) == (1, 2)


def test_id_stays_over_several_updates(dana: Person, alice: Person) -> None:
    sent = [update(dana, alice, str(number))["id"] for number in range(5)]

    assert sent == sent[:1] * 5
    assert listed(alice) == [(sent[0], "4", "unread")]
    assert counts(alice) == (1, 5)


def test_updated_notification_moves_to_the_top(dana: Person, alice: Person) -> None:
    first = update(dana, alice, "10 %")["id"]
    other = dana.send(alice, title="other")["id"]

    update(dana, alice, "20 %")

    assert listed(alice) == [(first, "20 %", "unread"), (other, "other", "unread")]


@pytest.mark.parametrize("status", ["read", "archived", "deleted"])
def test_read_notification_is_not_updated(dana: Person, alice: Person, status: str) -> None:
    path = f"/api/notifications/{update(dana, alice, '10 %')['id']}"
    if status == "deleted":
        alice.delete(path)
    else:
        alice.patch(path, json={"status": status})

    second = update(dana, alice, "20 %")["id"]

    assert not path.endswith(second)
    assert (second, "20 %", "unread") in listed(alice)
    assert len(listed(alice)) == (1 if status == "deleted" else 2)
    assert counts(alice) == (1, 3)


@pytest.mark.parametrize("key", [None, "build-8", "BUILD-7"])
def test_other_key_makes_a_new_notification(dana: Person, alice: Person, key: str | None) -> None:
    update(dana, alice, "10 %")

    update(dana, alice, "20 %", key)

    assert [title for _, title, _ in listed(alice)] == ["20 %", "10 %"]


def test_same_key_of_another_sender_makes_a_new_notification(dana: Person, admin: Person, alice: Person) -> None:
    update(dana, alice, "dana's")
    update(admin, alice, "admin's")
    update(dana, alice, "dana's again")

    assert [title for _, title, _ in listed(alice)] == ["dana's again", "admin's"]


def test_update_or_insert_is_decided_per_recipient(dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    both = [alice.address, bob.address]
    first = update(dana, both, "10 %")["id"]
    alice.patch(f"/api/notifications/{first}", json={"status": "read"})

    second = update(dana, [*both, carol.address], "20 %")

    assert second["id"] != first
    assert listed(alice) == [(second["id"], "20 %", "unread"), (first, "10 %", "read")]
    assert listed(bob) == [(first, "20 %", "unread")]
    assert listed(carol) == [(second["id"], "20 %", "unread")]
    assert [counts(person) for person in (alice, bob, carol)] == [(1, 3), (1, 2), (1, 1)]


def test_one_update_keeps_each_recipients_own_id(dana: Person, alice: Person, bob: Person) -> None:
    hers, his = update(dana, alice, "for alice")["id"], update(dana, bob, "for bob")["id"]

    update(dana, [alice.address, bob.address], "for both")

    assert [listed(alice), listed(bob)] == [[(hers, "for both", "unread")], [(his, "for both", "unread")]]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_updated_notification_is_found_by_its_first_id_only(people: People, dana: Person, alice: Person, bob: Person, method: str) -> None:
    first = update(dana, alice, "10 %")["id"]
    second = update(dana, [alice.address, bob.address], "20 %")["id"]
    body = {"json": {"status": "read"}} if method == "PATCH" else {}

    problem(alice.request(method, f"/api/notifications/{second}", **body), 404)
    answer = alice.request(method, f"/api/notifications/{first}", **body)

    assert (answer.status_code, answer.json()["id"], answer.json()["title"]) == (200, first, "20 %")


def test_update_can_be_read_and_the_read_undone(dana: Person, alice: Person) -> None:
    first = update(dana, alice, "10 %")["id"]
    update(dana, alice, "20 %")
    seq = alice.patch(f"/api/notifications/{first}", json={"status": "read"}).json()["seq"]

    alice.post("/api/notifications/undo", json={"seq": seq})

    assert listed(alice) == [(first, "20 %", "unread")]


def test_undo_before_an_update_does_not_affect_it(dana: Person, alice: Person) -> None:
    first = update(dana, alice, "10 %")["id"]
    alice.patch(f"/api/notifications/{first}", json={"status": "read"})
    seq = alice.patch(f"/api/notifications/{first}", json={"status": "unread"}).json()["seq"]

    update(dana, alice, "20 %")

    problem(alice.post("/api/notifications/undo", json={"seq": seq}), 409, "nothing_to_undo")
    assert listed(alice) == [(first, "20 %", "unread")]


def test_expiry_of_the_earlier_message_does_not_end_the_update(people: People, dana: Person, alice: Person) -> None:
    update(dana, alice, "10 %", expires_at=from_now(days=1))
    update(dana, alice, "20 %")

    end(people, Message.title == "10 %")

    assert [title for _, title, _ in listed(alice)] == ["20 %"]


def test_expiry_of_the_later_message_ends_the_update(people: People, dana: Person, alice: Person) -> None:
    update(dana, alice, "10 %")
    update(dana, alice, "20 %", expires_at=from_now(days=1))

    end(people, Message.title == "20 %")

    assert listed(alice) == []
    assert counts(alice) == (0, 3)


def test_expired_notification_is_not_updated(people: People, dana: Person, alice: Person) -> None:
    """Its row still exists, since no process has removed it from the inbox yet."""
    first = update(dana, alice, "10 %", expires_at=from_now(days=1))["id"]
    set_back(people, Message.ends_at, Message.public_id == first, seconds=1)

    second = update(dana, alice, "20 %")["id"]
    end(people)

    assert second != first
    assert listed(alice) == [(second, "20 %", "unread")]


def test_scheduled_message_updates_earlier_one_when_due(people: People, dana: Person, alice: Person) -> None:
    dana.send(alice, title="done", collapse_key=KEY, send_at=from_now(days=1))
    first = update(dana, alice, "under way")["id"]

    become_due(people)

    assert listed(alice) == [(first, "done", "unread")]
    assert counts(alice) == (1, 2)


def test_delayed_earlier_message_does_not_replace_the_later(people: People, dana: Person, alice: Person) -> None:
    recipients = crowd(people, 501).address
    update(dana, [recipients, alice.address], "10 %")
    update(dana, alice, "20 %")

    become_due(people)

    assert "20 %" in [title for _, title, _ in listed(alice)]


def test_replaced_message_ends_for_pending_recipients_too(people: People, dana: Person) -> None:
    """Recipients who have it already have its replacement, but some recipients have not received it yet."""
    become_due(people)
    many, late = crowd(people, 500), crowd(people, 1)
    first = update(dana, [many.address, late.address], "10 %", expires_at=from_now(days=1))["id"]
    with people.elsewhere():
        assert audience_chunks.step()
    update(dana, many.address, "20 %")
    become_due(people)
    assert holders(people, first).keys() == set(late.ids)

    end(people, Message.public_id == first)

    assert not holders(people, first, IS_KEPT)


def from_now(**when: float) -> str:
    return (datetime.now(UTC) + timedelta(**when)).isoformat()


def become_due(people: People) -> None:
    set_back(people, AudienceChunk.due_at, seconds=1)
    with people.elsewhere():
        while audience_chunks.step():
            pass


def end(people: People, *rows: Any) -> None:
    """Let these messages expire, and remove their notifications from the inboxes."""
    if rows:
        set_back(people, Message.ends_at, *rows, seconds=1)
    with people.elsewhere():
        while retention.end_step():
            pass
