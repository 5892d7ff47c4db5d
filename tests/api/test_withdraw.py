"""Withdrawing: what was said is gone from every inbox, and nobody but who said it, or an admin, can do that."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.models import Message
from notifier.services.inbox import changes
from notifier.services.messages import fanout, retention, send
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


def standing(person: Person) -> tuple[int, int]:
    told = person.get("/api/notifications/unread-count").json()
    return told["unread_count"], told["seq"]


def shown(person: Person) -> list[str]:
    return [item["id"] for item in person.get("/api/notifications?status=all").json()]


def test_it_is_gone_from_every_inbox(dana: Person, alice: Person, bob: Person) -> None:
    kept = dana.send([alice.address, bob.address], title="stays")["id"]
    id = dana.send([alice.address, bob.address], title="goes")["id"]

    answer = withdraw(dana, id)

    assert (answer.status_code, answer.json()) == (200, {"id": id, "recipients": 2})
    for person in (alice, bob):
        assert shown(person) == [kept]
        assert standing(person) == (1, 3)
        problem(person.get(f"/api/notifications/{id}"), 404, "not_found")
        problem(person.patch(f"/api/notifications/{id}", json={"status": "read"}), 404, "not_found")


@pytest.mark.parametrize("status", ["unread", "read", "archived"])
def test_it_goes_whatever_its_readers_have_made_of_it(dana: Person, alice: Person, status: str) -> None:
    id = dana.send(alice)["id"]
    alice.patch(f"/api/notifications/{id}", json={"status": status})

    withdraw(dana, id)

    assert shown(alice) == []
    assert standing(alice)[0] == 0


def test_who_has_deleted_it_already_is_not_bothered(dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    alice.delete(f"/api/notifications/{id}")

    withdraw(dana, id)

    assert standing(alice) == (0, 2)


def test_twice_is_as_good_as_once(people: People, dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    first = withdraw(dana, id)
    before = contents(people)

    again = withdraw(dana, id)

    assert (again.status_code, again.json()) == (200, first.json())
    assert standing(alice) == (0, 2)
    without_times = [{name: len(rows) for name, rows in held.items()} for held in (before, contents(people))]
    assert without_times[0] == without_times[1]


def test_an_admin_withdraws_anybody_s(people: People, dana: Person, admin: Person, alice: Person) -> None:
    with people.elsewhere():
        own = send.send(Draft(to=alice.address, title="from the machine itself")).id
    for id in (own, dana.send(alice)["id"]):
        assert withdraw(admin, id).status_code == 200

    assert shown(alice) == []


def test_another_s_is_not_there_just_as_one_that_never_was(people: People, dana: Person, alice: Person) -> None:
    id, erin = dana.send(alice)["id"], people.person("erin", "sender")
    before = contents(people)

    assert problem(withdraw(erin, id), 404, "not_found") == problem(withdraw(erin, UNKNOWN), 404, "not_found")

    assert contents(people) == before


def test_its_reader_cannot_withdraw_it(dana: Person, alice: Person) -> None:
    problem(withdraw(alice, dana.send(alice)["id"]), 403, "forbidden")


def test_it_does_not_come_back_by_an_undo(dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    seq = alice.delete("/api/notifications").json()["seq"]

    withdraw(dana, id)

    problem(alice.post("/api/notifications/undo", json={"seq": seq}), 409, "nothing_to_undo")
    assert shown(alice) == []


def test_thousands_lose_it_in_steps(people: People, dana: Person) -> None:
    many = crowd(people, 1200)
    id = dana.send(many.address)["id"]
    with people.elsewhere():
        while fanout.step():
            pass

    withdraw(dana, id)
    with people.elsewhere():
        while retention.end_step():
            pass

    assert not holders(people, id, changes.KEPT)
    assert holders(people, id).total() == 1200


def test_what_updated_it_in_place_goes_with_it(dana: Person, alice: Person) -> None:
    id = dana.send(alice, collapse_key="k", title="10 %")["id"]
    dana.send(alice, collapse_key="k", title="20 %")

    withdraw(dana, id)

    assert shown(alice) == []


def test_an_update_is_withdrawn_by_its_own_id_too(dana: Person, alice: Person, bob: Person) -> None:
    first = dana.send(alice, collapse_key="k", title="10 %")["id"]
    second = dana.send([alice.address, bob.address], collapse_key="k", title="20 %")["id"]

    withdraw(dana, second)

    assert first != second
    assert [shown(alice), shown(bob)] == [[], []]


def test_the_next_with_the_same_key_is_a_new_one(dana: Person, alice: Person) -> None:
    first = dana.send(alice, collapse_key="k", title="10 %")["id"]
    withdraw(dana, first)

    second = dana.send(alice, collapse_key="k", title="20 %")["id"]
    withdraw(dana, first)

    assert first != second
    assert shown(alice) == [second]


def test_the_next_with_the_same_key_comes_also_while_thousands_still_lose_the_first(people: People, dana: Person, alice: Person) -> None:
    """Alice is the last to lose it; the update that comes before that is not lost with it."""
    everybody = [crowd(people, 600).address, alice.address]
    first = dana.send(everybody, collapse_key="k", title="10 %")["id"]
    with people.elsewhere():
        while fanout.step():
            pass
    withdraw(dana, first)

    second = dana.send([alice.address, *everybody], collapse_key="k", title="20 %")["id"]
    with people.elsewhere():
        while fanout.step() or retention.end_step():
            pass

    assert shown(alice) == [second]
    assert holders(people, second, changes.KEPT).total() == 601


def test_an_id_that_a_notification_still_bears_can_be_withdrawn_after_years(people: People, dana: Person, alice: Person) -> None:
    """Its own message has long gone: later ones took its place, one after the other."""
    id = dana.send(alice, collapse_key="k", title="1 %")["id"]
    dana.send(alice, collapse_key="k", title="2 %")
    set_back(people, Message.ended_at, Message.public_id == id, days=TOMBSTONE_LIFE.days + 1)
    with people.elsewhere():
        retention.purge_step()

    assert withdraw(dana, id).status_code == 200
    assert shown(alice) == []


def test_an_undo_does_not_bring_back_what_bears_a_withdrawn_id(dana: Person, alice: Person) -> None:
    id = dana.send(alice, collapse_key="k", title="10 %")["id"]
    dana.send(alice, collapse_key="k", title="20 %")
    seq = alice.delete(f"/api/notifications/{id}").json()["seq"]

    withdraw(dana, id)

    problem(alice.post("/api/notifications/undo", json={"seq": seq}), 409, "nothing_to_undo")
