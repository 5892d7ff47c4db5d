"""`POST /api/notifications/seen`: pages of other sites record what they have shown."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from notifier import database
from notifier.models import Message, Notification, User
from tests.api_client import Person, problem
from tests.people import People

PATH = "/api/notifications/seen"


def seen(people: People, id: str) -> set[str]:
    """The names of the users to whom the message was shown."""
    with people.elsewhere(), database.read() as connection:
        names = select(User.name).join(Notification, Notification.user_id == User.id).join(Message)
        return set(connection.scalars(names.where(Message.public_id == id, Notification.seen_at.is_not(None))))


def test_shown_notifications_count_as_seen_and_change_nothing(people: People, dana: Person, alice: Person, bob: Person) -> None:
    ids = [dana.send([alice.address, bob.address])["id"] for _ in range(2)]
    head = alice.get("/api/notifications/unread-count").json()

    answer = alice.post(PATH, json={"ids": ids})

    assert (answer.status_code, answer.json()) == (200, head)
    assert [seen(people, id) for id in ids] == [{alice.name}, {alice.name}]


def test_notifications_of_others_and_unknown_ones_are_left_out(people: People, dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send(bob)["id"]

    assert alice.post(PATH, json={"ids": [id, str(uuid.uuid4()), "no id"]}).status_code == 200
    assert seen(people, id) == set()


def test_list_of_ids_is_bounded(alice: Person) -> None:
    for ids in ([], ["x"] * 101, "x", [1], None):
        problem(alice.post(PATH, json={"ids": ids}), 422)
