"""One operation on the wire: events in order, each step once, an `id:` only on its last event."""

from __future__ import annotations

import pytest

from tests.api_client import Person
from tests.sse import Event, Stream
from tests.sse.track import Track

PATH = "/api/notifications"


def steps(stream: Stream, last: int) -> list[tuple[str, int, bool]]:
    """Return (name, seq, has id) for the events up to the id of `last`, checked for their order."""
    track = Track(stream.events[0].id)
    stream.until(lambda event: event.id is not None and event.id.endswith(f"-{last}"))
    for event in stream.events:
        track.check(event)
    return [(event.name, event.json["seq"], event.id is not None) for event in stream.events[1:]]


def statuses(event: Event) -> dict[str, str]:
    assert event.name == "state"
    return {change["id"]: change["status"] for change in event.json["changed"]}


@pytest.fixture
def three(alice: Person, dana: Person) -> list[str]:
    """Three unread notifications of alice's, at `seq` 1, 2 and 3."""
    return [dana.send(alice, title=title)["id"] for title in ("one", "two", "three")]


def test_notifications_arrive_in_sending_order(alice: Person, dana: Person) -> None:
    stream = alice.connected()
    sent = [dana.send(alice, title=str(number))["id"] for number in range(20)]
    assert [stream.until("notification").json["id"] for _ in range(20)] == sent


@pytest.mark.parametrize("status", ["read", "archived"])
def test_status_change_reaches_all_devices(alice: Person, three: list[str], status: str) -> None:
    devices = [alice.connected(), alice.connected()]
    alice.patch(f"{PATH}/{three[1]}", json={"status": status})
    assert [statuses(device.next()) for device in devices] == [{three[1]: status}] * 2


def test_deletion_reaches_all_devices(alice: Person, three: list[str]) -> None:
    stream = alice.connected()
    alice.delete(f"{PATH}/{three[0]}")
    assert statuses(stream.next()) == {three[0]: "deleted"}


@pytest.mark.parametrize(("method", "path", "status"), [("POST", f"{PATH}/read-all", "read"), ("DELETE", PATH, "deleted")])
def test_bulk_change_is_one_event(alice: Person, three: list[str], method: str, path: str, status: str) -> None:
    stream = alice.connected()
    alice.request(method, path)
    event = stream.next()
    assert statuses(event) == dict.fromkeys(three, status)
    assert event.id is not None and event.id.endswith("-4")


def test_only_the_last_event_of_a_seq_has_the_id(alice: Person, dana: Person, three: list[str]) -> None:
    cursor = alice.connected().events[0].id
    dana.send(alice, title="four")
    dana.send(alice, title="five")
    alice.post(f"{PATH}/read-all")
    dana.send(alice, title="six")
    found = steps(alice.connected(last_event_id=cursor), 7)
    assert found == [("state", 6, False), ("notification", 6, False), ("notification", 6, True), ("notification", 7, True)]


def test_several_changes_to_one_notification_arrive_as_its_last_state(alice: Person, dana: Person) -> None:
    cursor = alice.connected().events[0].id
    sent = dana.send(alice)["id"]
    for status in ("read", "unread", "archived"):
        alice.patch(f"{PATH}/{sent}", json={"status": status})
    event = alice.connected(last_event_id=cursor).next()
    assert (event.name, event.json["id"], event.json["status"], event.json["seq"]) == ("notification", sent, "archived", 4)


def test_notification_created_and_deleted_while_away_arrives_as_deleted(alice: Person, dana: Person) -> None:
    cursor = alice.connected().events[0].id
    sent = dana.send(alice)["id"]
    alice.delete(f"{PATH}/{sent}")
    assert statuses(alice.connected(last_event_id=cursor).next()) == {sent: "deleted"}


def test_no_op_sends_no_event(alice: Person, dana: Person, three: list[str]) -> None:
    alice.patch(f"{PATH}/{three[0]}", json={"status": "read"})
    stream = alice.connected()
    for _ in range(2):
        alice.patch(f"{PATH}/{three[0]}", json={"status": "read"})
        alice.post(f"{PATH}/read-all?status=archived")
        alice.delete(f"{PATH}?status=archived")
    dana.send(alice)
    assert steps(stream, 5) == [("notification", 5, True)]


def test_events_and_answers_carry_the_unread_count(alice: Person, three: list[str]) -> None:
    stream = alice.connected()
    assert stream.events[0].json["unread_count"] == 3
    operations = [
        ("PATCH", three[0], "read", 2),
        ("PATCH", three[1], "archived", 1),
        ("PATCH", three[0], "unread", 2),
        ("DELETE", three[2], "", 1),
    ]
    for seq, (method, id, status, unread) in enumerate(operations, 4):
        answer = alice.request(method, f"{PATH}/{id}", json={"status": status} if status else None).json()
        event = stream.next().json
        assert [(told["seq"], told["unread_count"]) for told in (answer, event)] == [(seq, unread)] * 2
