"""Updates in place and restored notifications on the wire: the same id, with its content."""

from __future__ import annotations

import pytest

from tests.api_client import Person
from tests.delivery.test_steps import statuses, steps

PATH = "/api/notifications"


def undo(person: Person, seq: int) -> int:
    answer = person.post(f"{PATH}/undo", json={"seq": seq})
    assert answer.status_code == 200, answer.text
    head: int = answer.json()["seq"]
    return head


def test_update_in_place_keeps_the_id(alice: Person, dana: Person) -> None:
    id = dana.send(alice, collapse_key="k", title="10 %")["id"]
    dana.send(alice, title="another")
    stream = alice.connected()

    dana.send(alice, collapse_key="k", title="20 %", type="success")

    event = stream.next()
    assert event.name == "notification" and event.id is not None and event.id.endswith("-3")
    told = event.json
    assert (told["id"], told["title"], told["type"], told["seq"], told["unread_count"]) == (id, "20 %", "success", 3, 2)


def test_reconnecting_client_gets_the_last_of_many_updates(alice: Person, dana: Person) -> None:
    cursor = alice.connected().events[0].id
    id, *_ = [dana.send(alice, collapse_key="k", title=str(number))["id"] for number in range(5)]

    stream = alice.connected(last_event_id=cursor)

    assert steps(stream, 5) == [("notification", 5, True)]
    assert (stream.events[-1].json["id"], stream.events[-1].json["title"]) == (id, "4")


def test_update_arrives_under_each_recipients_id(alice: Person, bob: Person, dana: Person) -> None:
    hers = dana.send(alice, collapse_key="k", title="10 %")["id"]
    streams = [alice.connected(), bob.connected()]

    sent = dana.send([alice.address, bob.address], collapse_key="k", title="20 %")["id"]

    events = [stream.next().json for stream in streams]
    assert [(event["id"], event["title"], event["unread_count"]) for event in events] == [(hers, "20 %", 1), (sent, "20 %", 1)]


def test_restored_notification_arrives_with_its_content(alice: Person, dana: Person) -> None:
    for title in ("one", "two"):
        dana.send(alice, title=title)
    stream = alice.connected()
    seq = alice.delete(PATH).json()["seq"]
    assert steps(stream, 3) == [("state", 3, True)]

    undo(alice, seq)

    assert steps(stream, 4)[-2:] == [("notification", 4, False), ("notification", 4, True)]
    assert [event.json["title"] for event in stream.events[-2:]] == ["one", "two"]
    assert [event.json["unread_count"] for event in stream.events] == [2, 0, 2, 2]


def test_reconnecting_client_gets_the_restored_notification(alice: Person, dana: Person) -> None:
    """Whether or not the client has received the deletion."""
    id = dana.send(alice, title="one")["id"]
    alice.patch(f"{PATH}/{id}", json={"status": "read"})
    told, untold = alice.inbox(), alice.inbox()
    for inbox in (told, untold):
        inbox.follow(lambda inbox: inbox.cursor is not None)
    untold.disconnect()
    seq = alice.delete(f"{PATH}/{id}").json()["seq"]
    told.follow(lambda inbox: id not in inbox.state())
    told.disconnect()

    undo(alice, seq)

    for inbox in (told, untold):
        inbox.follow(lambda inbox: inbox.agrees())
        assert inbox.state() == {id: ("read", "info", "one", "")}
        assert inbox.resets == 0


@pytest.mark.parametrize("status", ["read", "archived"])
def test_undone_read_arrives_as_state(alice: Person, dana: Person, status: str) -> None:
    id = dana.send(alice)["id"]
    stream = alice.connected()
    seq = alice.patch(f"{PATH}/{id}", json={"status": status}).json()["seq"]
    assert statuses(stream.next()) == {id: status}

    undo(alice, seq)

    assert statuses(stream.next()) == {id: "unread"}
