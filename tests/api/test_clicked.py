"""`POST /api/notifications/ID/clicked`: pages of other sites record that a link was followed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from notifier import database
from notifier.models import Message, Notification
from tests.api_client import Person, problem
from tests.people import People

_ACTIONS = [{"label": "Watch", "url": "/video/7"}, {"label": "Answer", "reply": True}]


@pytest.fixture
def path(dana: Person, alice: Person) -> str:
    return f"/api/notifications/{dana.send(alice, actions=_ACTIONS)['id']}"


def clicked(people: People, path: str) -> bool:
    with people.elsewhere(), database.read() as connection:
        row = select(Notification.clicked_at).join(Message).where(Message.public_id == path.rpartition("/")[2])
        return connection.scalar(row) is not None


def test_click_is_recorded_and_marks_as_read(people: People, alice: Person, path: str) -> None:
    answer = alice.post(f"{path}/clicked", json={"index": 0})

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["unread_count"]) == ("read", 0)
    assert clicked(people, path)
    again = alice.post(f"{path}/clicked", json={"index": 0})
    assert again.json()["seq"] == answer.json()["seq"], "a second click changes nothing"


def test_click_on_no_link_is_refused_and_changes_nothing(people: People, alice: Person, path: str) -> None:
    for body in ({"index": 1}, {"index": 2}, {"index": -1}, {"index": "0"}, {"index": None}):
        problem(alice.post(f"{path}/clicked", json=body), 422, field="index")
    problem(alice.post(f"{path}/clicked", json={}), 422, field="index")
    problem(alice.post(f"{path}/clicked", json={"index": 0, "url": "/"}), 422, field="url")

    assert not clicked(people, path)
    assert alice.get(path).json()["status"] == "unread"


def test_click_of_another_user_returns_404(people: People, bob: Person, path: str) -> None:
    problem(bob.post(f"{path}/clicked", json={"index": 0}), 404)

    assert not clicked(people, path)
