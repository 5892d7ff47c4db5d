"""Withdrawal: the message disappears from every inbox. Only its sender and admins can withdraw it."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.models import Message
from notifier.services.inbox import changes
from notifier.services.messages import audience_chunks, retention, send
from notifier.services.messages.retention import TOMBSTONE_LIFE
from notifier.services.messages.send import Draft
from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.crowd import crowd, holders
from tests.people import People
from tests.times import set_back

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def withdraw(person: Person, id: str) -> Any:
    return person.post(f"/api/notifications/{id}/withdraw")


def counts(person: Person) -> tuple[int, int]:
    body = person.get("/api/notifications/unread-count").json()
    return body["unread_count"], body["seq"]


def shown(person: Person) -> list[str]:
    return [item["id"] for item in person.get("/api/notifications?status=all").json()]


def test_withdrawn_message_leaves_every_inbox(dana: Person, alice: Person, bob: Person) -> None:
    kept = dana.send([alice.address, bob.address], title="stays")["id"]
    id = dana.send([alice.address, bob.address], title="goes")["id"]

    answer = withdraw(dana, id)

    assert (answer.status_code, answer.json()) == (200, {"id": id, "recipients": 2})
    for person in (alice, bob):
        assert shown(person) == [kept]
        assert counts(person) == (1, 3)
        problem(person.get(f"/api/notifications/{id}"), 404, "not_found")
        problem(person.patch(f"/api/notifications/{id}", json={"status": "read"}), 404, "not_found")


@pytest.mark.parametrize("status", ["unread", "read", "archived"])
def test_withdrawal_removes_read_and_archived_notifications(dana: Person, alice: Person, status: str) -> None:
    id = dana.send(alice)["id"]
    alice.patch(f"/api/notifications/{id}", json={"status": status})

    withdraw(dana, id)

    assert shown(alice) == []
    assert counts(alice)[0] == 0


def test_withdrawal_skips_deleted_notifications(dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    alice.delete(f"/api/notifications/{id}")

    withdraw(dana, id)

    assert counts(alice) == (0, 2)


def test_withdrawing_twice_is_the_same_as_once(people: People, dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    first = withdraw(dana, id)
    before = contents(people)

    again = withdraw(dana, id)

    assert (again.status_code, again.json()) == (200, first.json())
    assert counts(alice) == (0, 2)
    without_times = [{name: len(rows) for name, rows in held.items()} for held in (before, contents(people))]
    assert without_times[0] == without_times[1]


def test_admin_withdraws_messages_of_others(people: People, dana: Person, admin: Person, alice: Person) -> None:
    with people.elsewhere():
        own = send.send(Draft(to=alice.address, title="from the machine itself")).id
    for id in (own, dana.send(alice)["id"]):
        assert withdraw(admin, id).status_code == 200

    assert shown(alice) == []


def test_message_of_another_sender_returns_404(people: People, dana: Person, alice: Person) -> None:
    id, erin = dana.send(alice)["id"], people.person("erin", "sender")
    before = contents(people)

    assert problem(withdraw(erin, id), 404, "not_found") == problem(withdraw(erin, UNKNOWN), 404, "not_found")

    assert contents(people) == before


def test_recipient_cannot_withdraw(dana: Person, alice: Person) -> None:
    problem(withdraw(alice, dana.send(alice)["id"]), 403, "forbidden")


def test_undo_does_not_restore_a_withdrawn_message(dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    seq = alice.delete("/api/notifications").json()["seq"]

    withdraw(dana, id)

    problem(alice.post("/api/notifications/undo", json={"seq": seq}), 409, "nothing_to_undo")
    assert shown(alice) == []


def test_large_withdrawal_is_done_in_steps(people: People, dana: Person) -> None:
    many = crowd(people, 1200)
    id = dana.send(many.address)["id"]
    with people.elsewhere():
        while audience_chunks.step():
            pass

    withdraw(dana, id)
    with people.elsewhere():
        while retention.end_step():
            pass

    assert not holders(people, id, changes.IS_KEPT)
    assert holders(people, id).total() == 1200


def test_withdrawal_removes_later_updates(dana: Person, alice: Person) -> None:
    id = dana.send(alice, collapse_key="k", title="10 %")["id"]
    dana.send(alice, collapse_key="k", title="20 %")

    withdraw(dana, id)

    assert shown(alice) == []


def test_update_can_be_withdrawn_by_its_own_id(dana: Person, alice: Person, bob: Person) -> None:
    first = dana.send(alice, collapse_key="k", title="10 %")["id"]
    second = dana.send([alice.address, bob.address], collapse_key="k", title="20 %")["id"]

    withdraw(dana, second)

    assert first != second
    assert [shown(alice), shown(bob)] == [[], []]


def test_next_message_with_the_key_is_new_after_withdrawal(dana: Person, alice: Person) -> None:
    first = dana.send(alice, collapse_key="k", title="10 %")["id"]
    withdraw(dana, first)

    second = dana.send(alice, collapse_key="k", title="20 %")["id"]
    withdraw(dana, first)

    assert first != second
    assert shown(alice) == [second]


def test_next_message_with_the_key_arrives_during_a_large_withdrawal(people: People, dana: Person, alice: Person) -> None:
    """Alice's inbox is the last one; an update that arrives before is not removed with the message."""
    recipients = [crowd(people, 600).address, alice.address]
    first = dana.send(recipients, collapse_key="k", title="10 %")["id"]
    with people.elsewhere():
        while audience_chunks.step():
            pass
    withdraw(dana, first)

    second = dana.send([alice.address, *recipients], collapse_key="k", title="20 %")["id"]
    with people.elsewhere():
        while audience_chunks.step() or retention.end_step():
            pass

    assert shown(alice) == [second]
    assert holders(people, second, changes.IS_KEPT).total() == 601


def test_shown_id_can_be_withdrawn_after_years(people: People, dana: Person, alice: Person) -> None:
    """The message of that id was deleted long ago, after later ones replaced it one after the other."""
    id = dana.send(alice, collapse_key="k", title="1 %")["id"]
    dana.send(alice, collapse_key="k", title="2 %")
    set_back(people, Message.ended_at, Message.public_id == id, days=TOMBSTONE_LIFE.days + 1)
    with people.elsewhere():
        retention.purge_step()

    assert withdraw(dana, id).status_code == 200
    assert shown(alice) == []


def test_undo_does_not_restore_an_update_of_a_withdrawn_message(dana: Person, alice: Person) -> None:
    id = dana.send(alice, collapse_key="k", title="10 %")["id"]
    dana.send(alice, collapse_key="k", title="20 %")
    seq = alice.delete(f"/api/notifications/{id}").json()["seq"]

    withdraw(dana, id)

    problem(alice.post("/api/notifications/undo", json={"seq": seq}), 409, "nothing_to_undo")
