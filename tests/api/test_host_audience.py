"""Messages to a host's users by subject, ids that senders choose, and narrowed keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import httpx
import pytest

from notifier.services.accounts import api_keys
from tests.api_client import Api, Person, problem
from tests.host import SETTINGS, host_token
from tests.people import People, fresh

SEND = "/api/notifications"
Key = Callable[..., str]


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return SETTINGS


@pytest.fixture
def key(people: People) -> Key:
    """Creates keys."""

    def create(*scopes: str, audience: tuple[str, ...] = (), types: tuple[str, ...] = ()) -> str:
        with people.elsewhere():
            return api_keys.create("a program", scopes=scopes, audience=audience, types=types)

    return create


def send(api: Api, token: str, **fields: object) -> httpx.Response:
    return api.request("POST", SEND, token, json={"title": "Hello"} | fields)


def inbox(api: Api, subject: str) -> list[str]:
    return [item["id"] for item in api.request("GET", SEND, host_token(subject)).json()]


def test_a_subject_that_never_came_finds_the_message_when_it_comes(api: Api, key: Key) -> None:
    new, other = fresh("subject"), fresh("subject")
    sender = key("send", "people")

    sent = send(api, sender, to=f"id:{new}")
    again = send(api, sender, to=[f"id:{new}", f"id:{other}"])

    assert (sent.status_code, sent.json()["recipients"], again.json()["recipients"]) == (201, 1, 2)
    assert inbox(api, new) == [again.json()["id"], sent.json()["id"]]
    assert inbox(api, other) == [again.json()["id"]]


def test_user_id_takes_both_ids(api: Api, key: Key, alice: Person) -> None:
    new, sender = fresh("subject"), key("send", "people")

    assert send(api, sender, user_id=new).status_code == 201
    assert send(api, sender, user_id=alice.id).status_code == 201
    assert len(inbox(api, new)) == 1


def test_without_the_scope_people_an_unknown_subject_is_refused(api: Api, key: Key, dana: Person) -> None:
    new = fresh("subject")

    problem(send(api, key("send"), to=["all", f"id:{new}"]), 422, "invalid", "to[1]")
    problem(send(api, dana.token, user_id=new), 422, "invalid", "user_id")
    assert inbox(api, new) == []
    assert send(api, key("send"), to=f"id:{new}").status_code == 201


def test_nobody_is_created_by_a_send_that_is_refused(api: Api, key: Key, admin: Person) -> None:
    new = fresh("subject")

    problem(send(api, key("send", "people"), to=[f"id:{new}", "user:nobody-here"]), 422, "invalid", "to[1]")
    problem(send(api, key("send", "people"), to=[f"id:{'x' * 129}"]), 422, "invalid", "to[0]")

    assert admin.get("/api/users", params={"q": new}).json() == []


def test_an_id_of_the_sender_is_sent_once(api: Api, dana: Person, admin: Person, alice: Person) -> None:
    own = str(uuid.uuid4())

    first = dana.post(SEND, json={"to": alice.address, "title": "Hello", "id": own.upper()})
    again = dana.post(SEND, json={"to": alice.address, "title": "Hello", "id": own.upper()})

    assert (first.status_code, first.json()["id"]) == (201, own)
    assert (again.status_code, again.json()) == (201, first.json())
    assert [item["id"] for item in alice.get(SEND).json()] == [own]
    problem(dana.post(SEND, json={"to": alice.address, "title": "Other", "id": own}), 409, "id_taken")
    problem(admin.post(SEND, json={"to": alice.address, "title": "Hello", "id": own.upper()}), 409, "id_taken")
    theirs = dana.send(alice)["id"]
    problem(dana.post(SEND, json={"to": alice.address, "title": "Hello", "id": theirs}), 409, "id_taken")
    problem(dana.post(SEND, json={"to": alice.address, "title": "Hello", "id": "7"}), 422, "invalid", "id")


def test_a_narrowed_key_sends_only_to_its_audience(api: Api, key: Key, people: People, alice: Person, bob: Person) -> None:
    group = people.group("crew", alice)
    narrow = key("send", audience=(f"group:{group.upper()}", bob.address))

    assert send(api, narrow, to=f"group:{group}").status_code == 201
    assert send(api, narrow, to=[bob.address, f"group:{group}"]).status_code == 201
    assert send(api, narrow, user_id=bob.id).status_code == 201
    for to in ("all", alice.address, [bob.address, "role:admin"]):
        problem(send(api, narrow, to=to), 403, "forbidden")
    problem(send(api, narrow, user_id=alice.id), 403, "forbidden")
    session = {"title": "Job", "owner": alice.name}
    problem(api.request("POST", "/api/sessions", narrow, json=session), 403, "forbidden")
    assert api.request("POST", "/api/sessions", narrow, json=session | {"owner": bob.name}).status_code == 201


def test_a_narrowed_key_sends_only_its_types(api: Api, key: Key, alice: Person) -> None:
    narrow = key("send", types=("video_complete",))

    assert send(api, narrow, to=alice.address, type="video_complete").status_code == 201
    problem(send(api, narrow, to=alice.address), 403, "forbidden")
    problem(api.request("POST", "/api/sessions", narrow, json={"title": "Job", "owner": alice.name}), 403, "forbidden")


def test_session_belongs_to_a_subject(api: Api, key: Key) -> None:
    owner, viewer, unknown = fresh("subject"), fresh("subject"), fresh("subject")
    sender = key("send", "people")
    body = {"title": "Transcode", "owner": f"id:{owner}", "viewers": [f"id:{viewer}"]}

    made = api.request("PUT", f"/api/sessions/{unknown}", sender, json=body)
    again = api.request("PUT", f"/api/sessions/{unknown}", sender, json=body)

    assert (made.status_code, again.status_code) == (201, 200), made.text
    assert len(inbox(api, owner)) == 1
    for each in (owner, viewer):
        assert api.request("GET", f"/api/sessions/{unknown}/status", host_token(each)).status_code == 200
    other = api.request("PUT", f"/api/sessions/{unknown}", sender, json=body | {"owner": f"id:{viewer}"})
    problem(other, 409, "session_exists")


def test_session_of_an_unknown_subject_needs_the_scope_people(api: Api, key: Key) -> None:
    body = {"title": "Transcode", "owner": f"id:{fresh('subject')}", "viewers": ["id:"]}

    problem(api.request("POST", "/api/sessions", key("send"), json=body), 422, field="owner")
    problem(api.request("POST", "/api/sessions", key("send", "people"), json=body), 422, field="viewers[0]")


def test_narrowed_key_may_name_a_subject_of_a_session(api: Api, key: Key) -> None:
    owner = fresh("subject")
    body = {"title": "Transcode", "owner": f"id:{owner}"}

    problem(api.request("POST", "/api/sessions", key("send", "people", audience=("group:staff",)), json=body), 403)
    allowed = api.request("POST", "/api/sessions", key("send", "people", audience=(f"id:{owner}",)), json=body)
    assert allowed.status_code == 201, allowed.text
