"""Quick replies: permissions, delivery of the reply to the sender, and that a question is answered once."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.services.accounts import api_keys
from tests.api.contents import contents
from tests.api_client import Api, Person, problem
from tests.databases import one_database
from tests.people import People

ASKING = {"type": "clarification_needed", "title": "Which one?", "actions": [{"label": "Your answer", "reply": True}]}
UNKNOWN = "00000000-0000-7000-8000-000000000000"


def ask(sender: Person, *recipients: Person, **fields: Any) -> str:
    return str(sender.send([person.address for person in recipients], **(ASKING | fields))["id"])


def answer(person: Person, id: str, text: Any = "The second one") -> Any:
    return person.post(f"/api/notifications/{id}/replies", json={"text": text})


def replies(person: Person, id: str, query: str = "") -> list[dict[str, Any]]:
    answer = person.get(f"/api/notifications/{id}/replies{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def test_question_has_a_reply_action(dana: Person, alice: Person) -> None:
    id = ask(dana, alice)

    assert alice.get(f"/api/notifications/{id}").json()["actions"] == [{"label": "Your answer", "reply": True}]


def test_answer_is_stored_and_marks_the_question_read(dana: Person, alice: Person) -> None:
    id = ask(dana, alice)

    given = answer(alice, id, " The second one\n")

    assert given.status_code == 201
    reply = given.json()
    assert (reply["notification_id"], reply["user"], reply["text"]) == (id, alice.name, "The second one")
    assert (reply["unread_count"], reply["seq"]) == (0, 2)
    assert alice.get(f"/api/notifications/{id}").json()["status"] == "read"


def test_sender_is_notified_of_the_answer(dana: Person, alice: Person) -> None:
    id = ask(dana, alice, related_session_id="job-7")

    reply = answer(alice, id).json()

    (received,) = dana.get("/api/notifications").json()
    assert (received["type"], received["title"], received["message"]) == ("reply", f"Reply from {alice.name}", "The second one")
    assert received["metadata"] == {"notification_id": id, "reply_id": reply["id"]}
    assert received["related_session_id"] == "job-7"


def test_answers_are_listed_in_order_with_a_cursor(dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    id = ask(dana, alice, bob, carol)
    given = [answer(person, id, text).json() for person, text in ((alice, "one"), (bob, "two"), (carol, "three"))]

    found = replies(dana, id)

    assert [(reply["user"], reply["text"]) for reply in found] == [(alice.name, "one"), (bob.name, "two"), (carol.name, "three")]
    assert replies(dana, id, f"?after={given[0]['id']}&limit=1") == found[1:2]
    assert replies(dana, id, f"?after={given[2]['id']}") == []


def test_api_key_lists_answers(people: People, alice: Person, api: Api) -> None:
    with people.elsewhere():
        token = api_keys.create("worker")
    id = api.post("/api/notifications", token=token, json=ASKING | {"to": alice.address}).json()["id"]

    assert answer(alice, id).status_code == 201

    found = api.get(f"/api/notifications/{id}/replies", token=token)
    assert [reply["text"] for reply in found.json()] == ["The second one"]


@pytest.mark.parametrize("text", ["The second one", "Another one"])
def test_second_answer_returns_409(people: People, dana: Person, alice: Person, text: str) -> None:
    id = ask(dana, alice)
    answer(alice, id)
    before = contents(people)

    problem(answer(alice, id, text), 409, "already_answered")

    assert contents(people) == before


def test_answer_is_shown_to_its_user(dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send([alice.address, bob.address], **ASKING)["id"]
    answer(alice, id, 'The "second" one\u2028')

    assert alice.get(f"/api/notifications/{id}").json()["answer"] == 'The "second" one'
    assert [item["answer"] for item in alice.get("/api/notifications").json()] == ['The "second" one']
    assert [item["answer"] for item in bob.get("/api/notifications").json()] == [None]


def test_answer_to_a_question_that_was_read_raises_seq(dana: Person, alice: Person) -> None:
    """Other devices show the answer by this change."""
    id = ask(dana, alice)
    seq = alice.patch(f"/api/notifications/{id}", json={"status": "read"}).json()["seq"]

    assert answer(alice, id).json()["seq"] == seq + 1
    assert alice.get(f"/api/notifications/{id}").json()["status"] == "read"


def test_question_updated_in_place_may_be_answered_again(dana: Person, alice: Person) -> None:
    id = ask(dana, alice, collapse_key="again")
    ask(dana, alice, collapse_key="again", title="And now?")
    assert answer(alice, id).status_code == 201

    problem(answer(alice, id), 409, "already_answered")


def test_notification_without_question_cannot_be_answered(people: People, dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    before = contents(people)

    problem(answer(alice, id), 409, "not_asked")

    assert contents(people) == before


def test_only_the_recipient_may_answer(dana: Person, alice: Person, carol: Person) -> None:
    id = ask(dana, alice)

    problem(answer(carol, id), 404, "not_found")
    problem(answer(alice, UNKNOWN), 404, "not_found")


def test_only_the_sender_reads_answers(people: People, dana: Person, admin: Person, alice: Person) -> None:
    id, erin = ask(dana, alice), people.person("erin", "sender")
    answer(alice, id)

    problem(alice.get(f"/api/notifications/{id}/replies"), 403, "forbidden")
    assert problem(erin.get(f"/api/notifications/{id}/replies"), 404) == problem(erin.get(f"/api/notifications/{UNKNOWN}/replies"), 404)
    assert len(replies(admin, id)) == 1


@one_database
@pytest.mark.parametrize("text", ["", "\u200b\u2800", "   ", "\n", "x" * 1001, "a\x00b", 7, None, ["x"]])
def test_invalid_answer_is_refused(people: People, dana: Person, alice: Person, text: Any) -> None:
    id = ask(dana, alice)
    before = contents(people)

    problem(answer(alice, id, text), 422, field="text")

    assert contents(people) == before


@pytest.mark.parametrize("action", [{"label": "x"}, {"label": "x", "reply": False}, {"label": "x", "reply": True, "url": "/a"}])
def test_action_is_a_link_or_a_question(dana: Person, alice: Person, action: dict[str, Any]) -> None:
    body = {"to": alice.address, "title": "x", "actions": [action]}
    field = {1: "url", 2: "reply", 3: "url"}[len(action)]

    problem(dana.post("/api/notifications", json=body), 422, field=f"actions[0].{field}")


def test_updated_question_keeps_its_answers(dana: Person, alice: Person) -> None:
    id = ask(dana, alice, collapse_key="which")
    ask(dana, alice, collapse_key="which", title="Which one, once more?")

    answer(alice, id)

    assert [reply["text"] for reply in replies(dana, id)] == ["The second one"]
