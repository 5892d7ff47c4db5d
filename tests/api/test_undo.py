"""Undo: puts back what one operation of mine changed, and nothing else, for a minute."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from notifier.models import Message, Notification
from notifier.services.messages import retention
from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.people import People
from tests.times import set_back

PATH = "/api/notifications"
STATUSES = ("unread", "read", "archived")
OPERATIONS: dict[str, tuple[str, str, Any]] = {
    "read": ("PATCH", "{one}", {"status": "read"}),
    "unread": ("PATCH", "{two}", {"status": "unread"}),
    "archive": ("PATCH", "{one}", {"status": "archived"}),
    "delete": ("DELETE", "{three}", None),
    "read all": ("POST", "/read-all?status=all", None),
    "clear": ("DELETE", "", None),
    "clear all": ("DELETE", "?status=all", None),
}


@pytest.fixture
def ids(dana: Person, alice: Person) -> dict[str, str]:
    """Of four notifications of alice's: one unread, two read, three archived, four unread."""
    found = {title: dana.send(alice, title=title)["id"] for title in ("one", "two", "three", "four")}
    alice.patch(f"{PATH}/{found['two']}", json={"status": "read"})
    alice.patch(f"{PATH}/{found['three']}", json={"status": "archived"})
    return found


def undo(person: Person, seq: object) -> httpx.Response:
    return person.post(f"{PATH}/undo", json={"seq": seq})


def shown(person: Person) -> dict[str, str]:
    """Status by title, newest first."""
    return {item["title"]: item["status"] for item in person.get(f"{PATH}?status=all").json()}


def standing(person: Person) -> dict[str, int]:
    found: dict[str, int] = person.get(f"{PATH}/unread-count").json()
    return found


def act(person: Person, ids: dict[str, str], operation: str) -> dict[str, Any]:
    method, path, body = OPERATIONS[operation]
    separator = "/" if path.startswith("{") else ""
    answer = person.request(method, PATH + separator + path.format(**ids), **({} if body is None else {"json": body}))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_one_operation_changed_is_put_back(alice: Person, ids: dict[str, str], operation: str) -> None:
    before, head = shown(alice), standing(alice)
    done = act(alice, ids, operation)
    assert shown(alice) != before

    answer = undo(alice, done["seq"])

    changed = done.get("changed", 1)
    assert (answer.status_code, answer.json()) == (200, {"changed": changed} | head | {"seq": done["seq"] + 1})
    assert (list(shown(alice).items()), standing(alice)["unread_count"]) == (list(before.items()), head["unread_count"])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_came_since_stays_as_it_is(dana: Person, alice: Person, ids: dict[str, str], operation: str) -> None:
    before = shown(alice)
    seq = act(alice, ids, operation)["seq"]
    dana.send(alice, title="five")
    later = dana.send(alice, title="six")["id"]
    alice.patch(f"{PATH}/{later}", json={"status": "read"})

    undo(alice, seq)

    assert shown(alice) == before | {"five": "unread", "six": "read"}
    assert standing(alice)["unread_count"] == list(shown(alice).values()).count("unread")


def test_what_changed_again_since_stays_as_it_is(alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "read all")["seq"]
    alice.delete(f"{PATH}/{ids['one']}")

    assert undo(alice, seq).json()["changed"] == 1

    assert shown(alice) == {"four": "unread", "three": "archived", "two": "read"}


def test_each_of_several_operations_is_undone_by_itself_in_any_order(alice: Person, ids: dict[str, str]) -> None:
    before = shown(alice)
    seqs = [alice.delete(f"{PATH}/{ids[title]}").json()["seq"] for title in ("one", "two", "three")]

    for seq in (seqs[1], seqs[2], seqs[0]):
        assert undo(alice, seq).json()["changed"] == 1

    assert shown(alice) == before


def test_after_a_minute_it_is_too_late(people: People, alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear")["seq"]
    set_back(people, Notification.changed_at, seconds=61)
    before = contents(people)

    problem(undo(alice, seq), 409, "nothing_to_undo")

    assert contents(people) == before


def test_within_a_minute_it_is_not(people: People, alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear")["seq"]
    set_back(people, Notification.changed_at, seconds=50)

    assert undo(alice, seq).json()["changed"] == 3


@pytest.mark.parametrize("seq", [7, 10**6, 2**61], ids=str)
def test_an_operation_that_never_was_cannot_be_undone(people: People, alice: Person, ids: dict[str, str], seq: int) -> None:
    before = contents(people)

    problem(undo(alice, seq), 409, "nothing_to_undo")

    assert contents(people) == before


def test_what_others_did_cannot_be_undone(people: People, dana: Person, alice: Person) -> None:
    """Not the arrival of a notification, not its update in place, not its withdrawal."""
    id = dana.send(alice, collapse_key="k")["id"]
    dana.send(alice, collapse_key="k")
    dana.post(f"{PATH}/{id}/withdraw")
    before = contents(people)

    for seq in (1, 2, 3):
        problem(undo(alice, seq), 409, "nothing_to_undo")

    assert standing(alice)["seq"] == 3
    assert contents(people) == before


def test_another_s_operation_of_the_same_number_is_left_alone(dana: Person, alice: Person, bob: Person) -> None:
    dana.send([alice.address, bob.address], title="for both")
    seqs = [person.delete(PATH).json()["seq"] for person in (alice, bob)]
    assert seqs == [2, 2]

    undo(alice, 2)

    assert (shown(alice), shown(bob)) == ({"for both": "unread"}, {})


def test_once_is_enough(alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear")["seq"]
    undone = undo(alice, seq).json()["seq"]

    for again in (seq, undone):
        problem(undo(alice, again), 409, "nothing_to_undo")


def test_what_was_withdrawn_meanwhile_stays_gone(dana: Person, alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear all")["seq"]
    dana.post(f"{PATH}/{ids['one']}/withdraw")

    assert undo(alice, seq).json()["changed"] == 3

    assert shown(alice) == {"four": "unread", "three": "archived", "two": "read"}


def test_what_has_expired_meanwhile_stays_gone(people: People, alice: Person, ids: dict[str, str]) -> None:
    """Also before anybody has noticed that its time is over."""
    seq = act(alice, ids, "clear all")["seq"]
    set_back(people, Message.ends_at, Message.public_id == ids["one"], seconds=1)

    undo(alice, seq)

    assert "one" not in shown(alice)


def test_what_was_put_back_can_end_as_ever(people: People, dana: Person, alice: Person, ids: dict[str, str]) -> None:
    undo(alice, act(alice, ids, "clear all")["seq"])

    dana.post(f"{PATH}/{ids['one']}/withdraw")
    set_back(people, Message.ends_at, Message.public_id == ids["two"], seconds=1)
    with people.elsewhere():
        while retention.end_step():
            pass

    assert shown(alice) == {"four": "unread", "three": "archived"}


@pytest.mark.parametrize(
    "body", [{}, {"seq": 0}, {"seq": -1}, {"seq": "3"}, {"seq": 1.5}, {"seq": True}, {"seq": 2**62}, {"seq": [1]}], ids=str
)
def test_what_is_no_seq_is_refused_by_name(alice: Person, body: dict[str, object]) -> None:
    problem(alice.post(f"{PATH}/undo", json=body), 422, "invalid", "seq")
