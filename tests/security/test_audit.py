"""Denials, replies and names that look alike reach the admins."""

from __future__ import annotations

import pytest

from notifier.services import audit
from notifier.services.accounts import look_alikes, users
from tests.api_client import problem
from tests.people import PASSWORD, People

CYRILLIC_A = "\u0430"


def entries(people: People, action: str) -> list[tuple[str, str, str]]:
    with people.elsewhere():
        return [(entry.actor_name, entry.subject, entry.detail) for entry in audit.search(action=action, limit=100).entries]


@pytest.mark.security("S16", "S56")
def test_denied_requests_are_in_the_audit_log_a_few_a_minute(people: People) -> None:
    alice = people.person("alice")
    for _ in range(15):
        problem(alice.post("/api/notifications", json={"to": "all", "title": "Hello"}), 403)
    alice.get("/admin/users", headers={"Accept": "text/html"})

    denied = [entry for entry in entries(people, "denied") if entry[0] == alice.name]

    assert len(denied) == 10
    assert denied[0][1:] == ("POST /api/notifications", "forbidden: Only senders and admins may send.")


@pytest.mark.security("S16", "S56")
def test_denied_page_is_in_the_audit_log(people: People) -> None:
    bob = people.person("bob")

    assert bob.get("/admin/users", headers={"Accept": "text/html"}).status_code == 403

    assert [entry[1] for entry in entries(people, "denied") if entry[0] == bob.name] == ["GET /admin/users"]


@pytest.mark.security("S56")
def test_replies_are_in_the_audit_log(people: People) -> None:
    dana, alice = people.person("dana", "sender"), people.person("alice")
    dana.send(alice, actions=[{"label": "Answer", "reply": True}])
    question = alice.get("/api/notifications").json()[0]["id"]

    assert alice.post(f"/api/notifications/{question}/replies", json={"text": "Yes"}).status_code == 201

    assert [(who, subject) for who, subject, _ in entries(people, "reply")] == [(alice.name, question)]


@pytest.mark.security("S5")
def test_names_that_look_alike_are_found(people: People) -> None:
    with people.elsewhere():
        for name in ("palomino", "bolivia"):
            users.create_user(name, PASSWORD)
        looks = {name: look_alikes.of(name) for name in (f"p{CYRILLIC_A}lomino", "paIomino", "pal0mino", "b0l1via", "palomina", "palomino")}

    assert looks == {
        f"p{CYRILLIC_A}lomino": ["palomino"],
        "paIomino": ["palomino"],
        "pal0mino": ["palomino"],
        "b0l1via": ["bolivia"],
        "palomina": [],
        "palomino": [],
    }
