"""Each recipient who is connected gets it when the transaction commits, and nobody else does."""

from __future__ import annotations

import statistics
import time

from tests.api_client import Person
from tests.sse import Stream


def test_notification_arrives_within_100_ms_of_the_answer(alice: Person, dana: Person) -> None:
    stream = alice.connected()
    seconds = []
    for number in range(60):
        dana.send(alice, title=str(number))
        answered = time.monotonic()
        seconds.append(stream.until("notification").at - answered)
    assert statistics.median(seconds) < 0.1


def test_change_arrives_on_other_devices_within_100_ms_of_the_answer(alice: Person, dana: Person) -> None:
    path = f"/api/notifications/{dana.send(alice)['id']}"
    other = alice.connected()
    seconds = []
    for number in range(40):
        alice.patch(path, json={"status": "read" if number % 2 == 0 else "unread"})
        answered = time.monotonic()
        seconds.append(other.until("state").at - answered)
    assert statistics.median(seconds) < 0.1


def test_streams_of_many_users_stay_apart(alice: Person, bob: Person, carol: Person, dana: Person) -> None:
    people = (alice, bob, carol)
    streams = {person.name: person.connected() for person in people}
    for number in range(30):
        person = people[number % 3]
        dana.send(person, title=f"{person.name}'s")
        if number % 5 == 0:
            person.post("/api/notifications/read-all")
    for person in people:
        last = dana.send(person, title=f"{person.name}'s")["id"]
        assert titles_up_to(streams[person.name], last) == {f"{person.name}'s"}


def titles_up_to(stream: Stream, last: str) -> set[str]:
    stream.until(lambda event: event.name == "notification" and event.json["id"] == last)
    return {event.json["title"] for event in stream.events if event.name == "notification"}
