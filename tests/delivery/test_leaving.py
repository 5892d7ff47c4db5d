"""Every way a notification can leave an inbox reaches all devices, connected or reconnecting."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.models import Message
from notifier.services.messages import retention
from tests.api_client import Person
from tests.delivery.rows import rows
from tests.delivery.test_steps import statuses, steps
from tests.site import Site
from tests.sse import Inbox
from tests.times import set_back

PATH = "/api/notifications"
ROOM = 5

Leave = Callable[[Site, Person, Person, str], object]


def expire(site: Site, sender: Person, reader: Person, id: str) -> None:
    set_back(site, Message.ends_at, Message.public_id == id, seconds=1)


def grow_old(site: Site, sender: Person, reader: Person, id: str) -> None:
    set_back(site, Message.created_at, Message.public_id == id, days=91)
    with site.elsewhere():
        retention.retire_step()


def make_room(site: Site, sender: Person, reader: Person, id: str) -> None:
    for number in range(ROOM):
        sender.send(reader, title=f"newer {number}")


WAYS: dict[str, Leave] = {
    "deleted": lambda site, sender, reader, id: reader.delete(f"{PATH}/{id}"),
    "cleared": lambda site, sender, reader, id: reader.delete(PATH),
    "withdrawn": lambda site, sender, reader, id: sender.post(f"{PATH}/{id}/withdraw"),
    "expired": expire,
    "too old": grow_old,
    "too many": make_room,
}


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"INBOX_MAX": ROOM, "STREAM_MAX_PER_USER": 10}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seen", [False, True], ids=["unread", "read"])
def test_removed_notification_disappears_on_every_device(site: Site, alice: Person, dana: Person, way: str, seen: bool) -> None:
    before_it_came, before_it_went, here = alice.inbox(), alice.inbox(), alice.inbox()
    begin(before_it_came)
    before_it_came.disconnect()
    id = dana.send(alice)["id"]
    if seen:
        alice.patch(f"{PATH}/{id}", json={"status": "read"})
    begin(before_it_went)
    before_it_went.disconnect()
    begin(here)
    assert id in here.state()

    WAYS[way](site, dana, alice, id)

    here.follow(lambda inbox: id not in inbox.state() and inbox.agrees())
    for inbox in (before_it_came, before_it_went):
        inbox.follow(lambda inbox: inbox.agrees())
    for inbox in (here, before_it_went):
        assert inbox.rows[id].status == "deleted"
    assert [inbox.resets for inbox in (here, before_it_came, before_it_went)] == [0, 0, 0]
    rows(site, alice).assert_counts()


def test_oldest_is_evicted_with_the_seq_of_the_newest(alice: Person, dana: Person) -> None:
    ids = [dana.send(alice, title=str(number))["id"] for number in range(ROOM)]
    stream = alice.connected()

    ids.append(dana.send(alice, title="one more")["id"])

    assert steps(stream, ROOM + 1) == [("state", ROOM + 1, False), ("notification", ROOM + 1, True)]
    gone, come = stream.events[-2:]
    assert statuses(gone) == {ids[0]: "deleted"}
    assert (come.json["id"], come.json["unread_count"], gone.json["unread_count"]) == (ids[-1], ROOM, ROOM)


def test_eviction_starts_at_the_bottom_of_the_list(alice: Person, dana: Person) -> None:
    """A notification updated in place moves to the top, however old it is."""
    first = dana.send(alice, collapse_key="k")["id"]
    second = dana.send(alice)["id"]
    for _ in range(ROOM - 2):
        dana.send(alice)
    dana.send(alice, collapse_key="k")

    dana.send(alice)

    shown = [item["id"] for item in alice.get(PATH).json()]
    assert len(shown) == ROOM
    assert (first in shown, second in shown) == (True, False)


def test_update_in_place_evicts_nothing(alice: Person, dana: Person) -> None:
    ids = [dana.send(alice, collapse_key=str(number))["id"] for number in range(ROOM)]

    dana.send(alice, collapse_key="0")

    assert {item["id"] for item in alice.get(PATH).json()} == set(ids)


def test_archived_notifications_count_towards_the_cap(alice: Person, dana: Person) -> None:
    ids = [dana.send(alice)["id"] for _ in range(ROOM + 1)]
    for id in ids[1:]:
        alice.patch(f"{PATH}/{id}", json={"status": "archived"})

    dana.send(alice)

    assert len(alice.get(f"{PATH}?status=all").json()) == ROOM


def begin(inbox: Inbox) -> None:
    """Connect and load the list."""
    inbox.follow(lambda inbox: inbox.cursor is not None)
