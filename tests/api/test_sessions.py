"""Create and list progress sessions: responses, errors, and that a refused request changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import one_database
from tests.people import People
from tests.sessions import SESSIONS, begin, move


def show(person: Person, id: str) -> dict[str, Any]:
    answer = person.get(f"{SESSIONS}/{id}")
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    shown: dict[str, Any] = answer.json()
    return shown


def test_session_starts_as_pending(dana: Person, alice: Person, bob: Person) -> None:
    answer = dana.post(SESSIONS, json={"title": "Transcode", "owner": alice.name, "viewers": [bob.name]})

    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"{SESSIONS}/{made['id']}"
    assert made == show(alice, made["id"])
    assert made["session_id"] == made["id"]
    assert (made["title"], made["owner"], made["viewers"]) == ("Transcode", alice.name, [bob.name])
    assert (made["status"], made["progress"], made["message"], made["error"]) == ("pending", 0, "", None)
    assert made["created_at"] == made["updated_at"]


def test_creator_may_choose_the_id(dana: Person, alice: Person) -> None:
    id = begin(dana, alice, id=f"upload.7~{alice.id}")

    assert id == f"upload.7~{alice.id}"
    assert show(alice, id)["id"] == id


def test_id_can_be_used_once(people: People, dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    before = contents(people)

    problem(dana.post(SESSIONS, json={"title": "Again", "owner": alice.name, "id": id}), 409, "session_exists")

    assert contents(people) == before


def put(creator: Person, id: str, /, **fields: Any) -> Any:
    return creator.request("PUT", f"{SESSIONS}/{id}", json={"title": "Transcode"} | fields)


def test_put_creates_a_session_once(people: People, dana: Person, alice: Person) -> None:
    id = f"job-{alice.id}"
    first = put(dana, id, owner=alice.name)
    before = contents(people)

    again = put(dana, id, owner=alice.name)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["location"] == f"{SESSIONS}/{id}"
    assert first.json() == again.json() == show(alice, id)
    assert contents(people) == before


@pytest.mark.parametrize("named", [True, False], ids=["owner named", "owner left out"])
def test_put_continues_a_session_as_it_was_created(dana: Person, alice: Person, bob: Person, named: bool) -> None:
    id = begin(dana, alice, bob)
    move(dana, id, progress=45)

    continued = put(dana, id, title="Another title", **({"owner": alice.name} if named else {}))

    assert continued.status_code == 200
    assert continued.json() == show(alice, id)
    assert (continued.json()["title"], continued.json()["progress"], continued.json()["viewers"]) == ("Transcode", 45, [bob.name])


def test_put_refuses_a_session_of_another_sender_or_owner(people: People, dana: Person, admin: Person, alice: Person, bob: Person) -> None:
    id = begin(dana, alice)
    before = contents(people)

    problem(put(people.person("erin", "sender"), id, owner=alice.name), 403, "forbidden")
    problem(put(admin, id, owner=alice.name), 403, "forbidden")
    problem(put(dana, id, owner=bob.name), 409, "session_exists")
    problem(put(alice, id, owner=alice.name), 403, "forbidden")

    assert show(alice, id)["owner"] == alice.name
    assert contents(people)["sessions"] == before["sessions"]


def test_put_refuses_a_session_that_has_ended(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "processed")

    problem(put(dana, id, owner=alice.name), 409, "session_over")


@pytest.mark.parametrize(
    ("id", "fields", "wrong"), [("a%20b", {}, "id"), ("job-9", {"id": "job-8"}, "id"), ("job-9", {"title": ""}, "title")]
)
def test_put_validates_like_post(dana: Person, id: str, fields: dict[str, Any], wrong: str) -> None:
    problem(put(dana, id, **fields), 422, field=wrong)


def test_create_is_idempotent_with_a_key(dana: Person, alice: Person) -> None:
    body = {"title": "Transcode", "owner": alice.name}
    answers = [dana.post(SESSIONS, json=body, headers={"Idempotency-Key": f"once-{alice.id}"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(alice.get(SESSIONS).json()) == 1


def test_caller_is_the_default_owner(dana: Person) -> None:
    answer = dana.post(SESSIONS, json={"title": "Mine"})

    assert answer.json()["owner"] == dana.name


@one_database
@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"owner": "nobody-at-all"}, "owner"),
        ({"viewers": ["nobody-at-all"]}, "viewers[0]"),
        ({"title": ""}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": 7}, "title"),
        ({"id": "a/b"}, "id"),
        ({"id": "a b"}, "id"),
        ({"id": ".."}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"viewers": "bob"}, "viewers"),
        ({"silence_seconds": 0}, "silence_seconds"),
        ({"type": "Video Complete"}, "type"),
        ({"actions": [{"label": "Go", "url": "javascript:alert(1)"}]}, "actions[0].url"),
        ({"status": "processed"}, "status"),
        ({"creator": "user:1"}, "creator"),
    ],
)
def test_invalid_session_is_refused_by_name(people: People, dana: Person, alice: Person, fields: dict[str, Any], wrong: str) -> None:
    before = contents(people)

    problem(dana.post(SESSIONS, json={"title": "Transcode", "owner": alice.name} | fields), 422, field=wrong)

    assert contents(people) == before


def test_processed_session_is_complete(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, progress=45, message="4 of 9 files")

    state = move(dana, id, "processed")

    assert (state["progress"], state["message"]) == (100, "Session processing complete")
    assert show(alice, id)["ended_at"] == state["updated_at"]


def test_list_is_newest_first_with_pages(dana: Person, alice: Person) -> None:
    made = [begin(dana, alice, title=f"Job {number}") for number in range(5)]

    first = alice.get(f"{SESSIONS}?limit=3")
    second = alice.get(first.links["next"]["url"])

    assert [session["id"] for session in first.json() + second.json()] == made[::-1]
    assert "next" not in second.links


def test_new_sessions_do_not_shift_pages(dana: Person, alice: Person) -> None:
    made = [begin(dana, alice) for _ in range(3)]
    first = alice.get(f"{SESSIONS}?limit=2")
    begin(dana, alice)

    assert [session["id"] for session in alice.get(first.links["next"]["url"]).json()] == made[:1]


@one_database
@pytest.mark.parametrize(
    ("query", "wrong"), [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("before=gone", "before")]
)
def test_invalid_page_is_refused(alice: Person, query: str, wrong: str) -> None:
    problem(alice.get(f"{SESSIONS}?{query}"), 422, field=wrong)
