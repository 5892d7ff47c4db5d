"""POST /api/notifications: a message becomes a notification in the inbox of each recipient."""

from __future__ import annotations

import pytest

from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.people import People

FULL = {
    "title": "Video Ready!",
    "message": "“Introduction”\n\thas been processed.",
    "type": "video_complete",
    "priority": "high",
    "metadata": {"content_id": "7", "seconds": 754, "ratio": 0.5, "tags": ["a", None, True], "déjà": {}},
    "actions": [{"label": "Watch Now", "url": "/video/7"}, {"label": "More", "url": "https://a.example/?b=c&d"}],
    "image_url": "https://a.example/poster.png",
    "related_session_id": "s-1",
}


def test_single_recipient_answer_has_seq(dana: Person, alice: Person) -> None:
    answer = dana.post("/api/notifications", json={"to": alice.address, "title": "Hello"})

    assert answer.status_code == 201
    assert answer.json() == {"id": only(alice)["id"], "recipients": 1, "seq": 1}


def test_several_recipients_answer_has_no_seq(dana: Person, alice: Person, bob: Person) -> None:
    sent = dana.send([alice.address, bob.address])

    assert sent == {"id": only(alice)["id"], "recipients": 2}


def test_recipient_reads_what_was_sent(dana: Person, alice: Person) -> None:
    sent = dana.send(alice, **FULL)

    item = only(alice)
    assert item == FULL | {
        "id": sent["id"],
        "seq": 1,
        "status": "unread",
        "quiet": False,
        "arrival": None,
        "answer": None,
        "collapse_key": None,
        "thread": FULL["related_session_id"],
        "created_at": item["created_at"],
        "timestamp": item["created_at"],
        "expires_at": None,
    }


def test_omitted_fields_have_defaults(dana: Person, alice: Person) -> None:
    dana.send(alice)

    item = only(alice)
    assert (item["type"], item["priority"], item["message"]) == ("info", "normal", "")
    assert (item["metadata"], item["actions"], item["image_url"]) == ({}, [], None)


def test_first_line_replaces_a_missing_title(dana: Person, alice: Person) -> None:
    dana.send(alice, title=None, message="First line\nsecond line")

    assert only(alice)["title"] == "First line"


def test_all_recipients_see_the_same_id(dana: Person, alice: Person, bob: Person) -> None:
    dana.send([alice.address, bob.address])

    assert only(alice)["id"] == only(bob)["id"]


def test_each_inbox_has_its_own_seq(dana: Person, alice: Person, bob: Person) -> None:
    dana.send(alice)

    dana.send([alice.address, bob.address])

    assert [item["seq"] for item in alice.get("/api/notifications").json()] == [2, 1]
    assert [item["seq"] for item in bob.get("/api/notifications").json()] == [1]


@pytest.mark.parametrize(
    "text", ["{{7*7}}{% for %}", "<img src=x onerror=alert(1)>", "' OR 1=1--", "a\u2028b", "%s %d", "👩‍👩‍👧"], ids=ascii
)
def test_markup_and_template_syntax_is_text(dana: Person, alice: Person, text: str) -> None:
    dana.send(alice, title=text, message=text, metadata={text: text})

    item = only(alice)
    assert (item["title"], item["message"], item["metadata"]) == (text, text, {text: text})


def test_link_is_normalised(dana: Person, alice: Person) -> None:
    dana.send(alice, image_url="HTTPS://a.example/a")

    assert only(alice)["image_url"] == "https://a.example/a"


def test_content_type_of_the_body_is_not_required(dana: Person, alice: Person) -> None:
    answer = dana.post("/api/notifications", content=b'{"to":"all","title":"Hello"}', headers={"Content-Type": "text/plain"})

    assert answer.status_code == 201


def test_refused_send_leaves_no_trace(people: People, dana: Person, alice: Person) -> None:
    before = contents(people)

    problem(dana.post("/api/notifications", json={"to": [alice.address, "user:nobody"], "title": "Hello"}), 422, "invalid", "to[1]")

    assert contents(people) == before


def only(person: Person) -> dict[str, object]:
    (item,) = person.get("/api/notifications").json()
    found: dict[str, object] = item
    return found
