"""A client that has a list or a count already is told so, and every change makes it anew."""

from __future__ import annotations

import pytest

from tests.api_client import Person

PATHS = ["/api/notifications", "/api/notifications?status=all&limit=5", "/api/notifications/unread-count"]


def again(alice: Person, path: str, etag: str) -> int:
    return alice.get(path, headers={"If-None-Match": etag}).status_code


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(alice: Person, dana: Person, path: str) -> None:
    dana.send(alice)
    answer = alice.get(path)

    known = alice.get(path, headers={"If-None-Match": answer.headers["etag"]})

    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize("path", PATHS)
def test_every_change_makes_it_anew(alice: Person, dana: Person, path: str) -> None:
    sent = dana.send(alice)["id"]
    changes = [
        lambda: alice.patch(f"/api/notifications/{sent}", json={"status": "read"}),
        lambda: dana.post("/api/notifications", json={"to": alice.address, "title": "Hello"}),
        lambda: dana.post(f"/api/notifications/{sent}/withdraw"),
        lambda: alice.post("/api/notifications/read-all"),
        lambda: alice.delete("/api/notifications"),
    ]
    for change in changes:
        etag = alice.get(path).headers["etag"]
        assert change().status_code in (200, 201)
        assert again(alice, path, etag) == 200


def test_an_answer_to_one_question_is_none_to_another(alice: Person, dana: Person) -> None:
    dana.send(alice)
    etag = alice.get("/api/notifications?status=unread").headers["etag"]

    assert again(alice, "/api/notifications?status=read", etag) == 200


def test_the_answer_of_one_person_is_none_to_another(alice: Person, bob: Person, dana: Person) -> None:
    dana.send([alice.address, bob.address])
    etag = alice.get("/api/notifications").headers["etag"]

    assert bob.get("/api/notifications", headers={"If-None-Match": etag}).status_code == 200
