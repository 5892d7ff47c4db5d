"""Undo: reverts what one operation of the user changed, and nothing else, for a minute."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from notifier.models import Message, Notification
from notifier.services.messages import retention
from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import one_database
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
    """The ids of alice's four notifications by title: one is unread, two read, three archived, four unread."""
    found = {title: dana.send(alice, title=title)["id"] for title in ("one", "two", "three", "four")}
    alice.patch(f"{PATH}/{found['two']}", json={"status": "read"})
    alice.patch(f"{PATH}/{found['three']}", json={"status": "archived"})
    return found


def undo(person: Person, seq: object) -> httpx.Response:
    return person.post(f"{PATH}/undo", json={"seq": seq})


def shown(person: Person) -> dict[str, str]:
    """Return the status by title, newest first."""
    return {item["title"]: item["status"] for item in person.get(f"{PATH}?status=all").json()}


def counts(person: Person) -> dict[str, int]:
    found: dict[str, int] = person.get(f"{PATH}/unread-count").json()
    return found


def act(person: Person, ids: dict[str, str], operation: str) -> dict[str, Any]:
    method, path, body = OPERATIONS[operation]
    separator = "/" if path.startswith("{") else ""
    answer = person.request(method, PATH + separator + path.format(**ids), **({} if body is None else {"json": body}))
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


@pytest.mark.parametrize("operation", OPERATIONS)
def test_undo_restores_one_operation(alice: Person, ids: dict[str, str], operation: str) -> None:
    before, head = shown(alice), counts(alice)
    done = act(alice, ids, operation)
    assert shown(alice) != before

    answer = undo(alice, done["seq"])

    changed = done.get("changed", 1)
    assert (answer.status_code, answer.json()) == (200, {"changed": changed} | head | {"seq": done["seq"] + 1})
    assert (list(shown(alice).items()), counts(alice)["unread_count"]) == (list(before.items()), head["unread_count"])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_undo_keeps_later_arrivals(dana: Person, alice: Person, ids: dict[str, str], operation: str) -> None:
    before = shown(alice)
    seq = act(alice, ids, operation)["seq"]
    dana.send(alice, title="five")
    later = dana.send(alice, title="six")["id"]
    alice.patch(f"{PATH}/{later}", json={"status": "read"})

    undo(alice, seq)

    assert shown(alice) == before | {"five": "unread", "six": "read"}
    assert counts(alice)["unread_count"] == list(shown(alice).values()).count("unread")


def test_undo_keeps_later_changes(alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "read all")["seq"]
    alice.delete(f"{PATH}/{ids['one']}")

    assert undo(alice, seq).json()["changed"] == 1

    assert shown(alice) == {"four": "unread", "three": "archived", "two": "read"}


def test_operations_are_undone_separately_in_any_order(alice: Person, ids: dict[str, str]) -> None:
    before = shown(alice)
    seqs = [alice.delete(f"{PATH}/{ids[title]}").json()["seq"] for title in ("one", "two", "three")]

    for seq in (seqs[1], seqs[2], seqs[0]):
        assert undo(alice, seq).json()["changed"] == 1

    assert shown(alice) == before


def test_undo_expires_after_60_seconds(people: People, alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear")["seq"]
    set_back(people, Notification.changed_at, seconds=61)
    before = contents(people)

    problem(undo(alice, seq), 409, "nothing_to_undo")

    assert contents(people) == before


def test_undo_works_within_60_seconds(people: People, alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear")["seq"]
    set_back(people, Notification.changed_at, seconds=50)

    assert undo(alice, seq).json()["changed"] == 3


@pytest.mark.parametrize("seq", [7, 10**6, 2**61], ids=str)
def test_unknown_operation_cannot_be_undone(people: People, alice: Person, ids: dict[str, str], seq: int) -> None:
    before = contents(people)

    problem(undo(alice, seq), 409, "nothing_to_undo")

    assert contents(people) == before


def test_changes_by_others_cannot_be_undone(people: People, dana: Person, alice: Person) -> None:
    """Neither the arrival of a notification, nor its update in place, nor its withdrawal."""
    id = dana.send(alice, collapse_key="k")["id"]
    dana.send(alice, collapse_key="k")
    dana.post(f"{PATH}/{id}/withdraw")
    before = contents(people)

    for seq in (1, 2, 3):
        problem(undo(alice, seq), 409, "nothing_to_undo")

    assert counts(alice)["seq"] == 3
    assert contents(people) == before


def test_undo_does_not_touch_other_inboxes(dana: Person, alice: Person, bob: Person) -> None:
    dana.send([alice.address, bob.address], title="for both")
    seqs = [person.delete(PATH).json()["seq"] for person in (alice, bob)]
    assert seqs == [2, 2]

    undo(alice, 2)

    assert (shown(alice), shown(bob)) == ({"for both": "unread"}, {})


def test_second_undo_returns_409(alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear")["seq"]
    undone = undo(alice, seq).json()["seq"]

    for again in (seq, undone):
        problem(undo(alice, again), 409, "nothing_to_undo")


def test_undo_does_not_restore_withdrawn_notifications(dana: Person, alice: Person, ids: dict[str, str]) -> None:
    seq = act(alice, ids, "clear all")["seq"]
    dana.post(f"{PATH}/{ids['one']}/withdraw")

    assert undo(alice, seq).json()["changed"] == 3

    assert shown(alice) == {"four": "unread", "three": "archived", "two": "read"}


def test_undo_does_not_restore_expired_notifications(people: People, alice: Person, ids: dict[str, str]) -> None:
    """Also before a process has removed the expired notification."""
    seq = act(alice, ids, "clear all")["seq"]
    set_back(people, Message.ends_at, Message.public_id == ids["one"], seconds=1)

    undo(alice, seq)

    assert "one" not in shown(alice)


def test_restored_notifications_can_be_changed_again(people: People, dana: Person, alice: Person, ids: dict[str, str]) -> None:
    undo(alice, act(alice, ids, "clear all")["seq"])

    dana.post(f"{PATH}/{ids['one']}/withdraw")
    set_back(people, Message.ends_at, Message.public_id == ids["two"], seconds=1)
    with people.elsewhere():
        while retention.end_step():
            pass

    assert shown(alice) == {"four": "unread", "three": "archived"}


@one_database
@pytest.mark.parametrize(
    "body", [{}, {"seq": 0}, {"seq": -1}, {"seq": "3"}, {"seq": 1.5}, {"seq": True}, {"seq": 2**62}, {"seq": [1]}], ids=str
)
def test_invalid_seq_is_refused_by_name(alice: Person, body: dict[str, object]) -> None:
    problem(alice.post(f"{PATH}/undo", json=body), 422, "invalid", "seq")
