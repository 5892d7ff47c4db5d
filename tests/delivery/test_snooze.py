"""Snoozed notifications leave every device and come back on top, also over kill -9 of the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api_client import Person
from tests.delivery.rows import rows
from tests.site import Site
from tests.waiting import eventually

PATH = "/api/notifications"


@pytest.fixture
def two(alice: Person, dana: Person) -> list[str]:
    return [dana.send(alice, title=title)["id"] for title in ("first", "second")]


def snooze(person: Person, id: str, seconds: float) -> datetime:
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    answer = person.patch(f"{PATH}/{id}", json={"status": "snoozed", "until": until.isoformat()})
    assert answer.status_code == 200, answer.text
    return until


def listed(person: Person) -> list[tuple[str, str]]:
    return [(item["id"], item["status"]) for item in person.get(PATH).json()]


def test_snoozed_one_leaves_all_devices_and_comes_back_with_its_content(alice: Person, two: list[str]) -> None:
    devices = [alice.connected(), alice.connected()]
    until = snooze(alice, two[0], 1)
    for device in devices:
        event = device.next()
        assert (event.name, event.json["changed"], event.json["unread_count"]) == ("state", [{"id": two[0], "status": "snoozed"}], 1)
    for device in devices:
        event = device.next()
        assert (event.name, event.json["id"], event.json["status"], event.json["quiet"]) == ("notification", two[0], "unread", False)
        assert event.json["unread_count"] == 2
    assert datetime.now(UTC) >= until
    assert listed(alice) == [(two[0], "unread"), (two[1], "unread")]


def test_snoozed_one_comes_back_after_a_kill(site: Site, alice: Person, two: list[str]) -> None:
    inbox = alice.inbox()
    inbox.connect()
    snooze(alice, two[0], 1)
    site.server.kill()
    site.server.restart()
    eventually(lambda: listed(alice) == [(two[0], "unread"), (two[1], "unread")])
    inbox.follow(lambda inbox: inbox.agrees())
    rows(site, alice).assert_counts()
