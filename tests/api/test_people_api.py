"""Users and groups over HTTP, for admins and keys of the scope `people`."""

from __future__ import annotations

import json
import uuid
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection

from notifier.database import busy
from notifier.services import audit
from notifier.services.accounts import api_keys, users
from tests.api.conftest import Ask
from tests.api_client import Api, Person, problem
from tests.cases import failures
from tests.databases import Databases
from tests.host import SETTINGS, host_token
from tests.people import People, fresh, people_in_process


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return SETTINGS


def test_put_creates_and_changes_the_user_of_a_subject(ask: Ask) -> None:
    subject = fresh("auth0|a/b")
    path = f"/api/users/by-subject/{subject}"

    made = ask("PUT", path, json={"name": "Ann Example", "email": "ann@example.com", "locale": "de", "time_zone": "Europe/Berlin"})
    again = ask("PUT", path, json={"name": "Ann Changed"})

    assert (made.status_code, again.status_code) == (201, 200), made.text
    shown = again.json()
    assert (shown["id"], shown["subject"], shown["label"]) == (made.json()["id"], subject, "Ann Changed")
    assert (shown["email"], shown["locale"], shown["time_zone"], shown["role"]) == ("ann@example.com", "de", "Europe/Berlin", "user")
    assert ask("GET", made.headers["location"]).json() == shown
    assert ask("GET", "/api/users", params={"q": subject}).json() == [shown]


def test_a_path_that_names_no_subject_leads_to_no_other(ask: Ask) -> None:
    for path in ("/api/users/by-subject/%2F42", "/api/groups/staff/members/%2Falice"):
        problem(ask("PUT", path, json={"name": "Ann"} if "users" in path else {}), 404, "not_found")


def test_the_token_of_a_subject_finds_the_user_made_by_the_host(ask: Ask, api: Api, people: People) -> None:
    made = ask("PUT", "/api/users/by-subject/token-7", json={"name": fresh()}).json()

    api.request("GET", "/api/notifications", host_token("token-7", name="Renamed"))

    assert ask("GET", f"/api/users/{made['id']}").json()["label"] == "Renamed"


def test_post_creates_a_user_once(ask: Ask) -> None:
    name, subject = fresh(), fresh("s")

    assert ask("POST", "/api/users", json={"name": name}).json()["subject"] is None
    problem(ask("POST", "/api/users", json={"name": name.upper()}), 422, "invalid", "name")
    problem(ask("POST", "/api/users", json={"name": "two words"}), 422, "invalid", "name")
    assert ask("POST", "/api/users", json={"name": "two words", "subject": subject}).status_code == 201
    problem(ask("POST", "/api/users", json={"name": "other", "subject": subject}), 422, "invalid", "subject")


def test_wrong_fields_are_named(ask: Ask) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("name", {}),
        ("name", {"name": ""}),
        ("name", {"name": "x" * 201}),
        ("name", {"name": "a\nb"}),
        ("subject", {"name": "a", "subject": "x" * 129}),
        ("subject", {"name": "a", "subject": ""}),
        ("subject", {"name": "a", "subject": "a\x07"}),
        ("subject", {"name": "a", "subject": 42}),
        ("email", {"name": "a", "email": "nobody"}),
        ("locale", {"name": "a", "locale": "not a language"}),
        ("time_zone", {"name": "a", "time_zone": "Mars/Base"}),
        ("groups[1]", {"name": "a", "subject": "s-groups", "groups": [1, 2]}),
        ("groups[0]", {"name": "a", "subject": "s-groups", "groups": ["no such group"]}),
        ("role", {"name": "a", "role": "admin"}),
    ]

    def check(case: tuple[str, dict[str, Any]]) -> None:
        problem(ask("POST", "/api/users", json=case[1]), 422, "invalid", case[0])

    assert failures(cases, check) == []
    assert ask("GET", "/api/users", params={"q": "s-groups"}).json() == []


def test_patch_changes_what_is_named(ask: Ask, people: People) -> None:
    made = ask("POST", "/api/users", json={"name": fresh(), "email": "a@example.com"}).json()
    path, name = f"/api/users/{made['id']}", fresh("renamed")

    changed = ask("PATCH", path, json={"name": name, "label": "Ann", "email": None, "disabled": True}).json()

    assert (changed["name"], changed["label"], changed["email"], changed["disabled"]) == (name, "Ann", None, True)
    problem(ask("PATCH", path, json={"name": people.account("taken")}), 422, "invalid", "name")
    problem(ask("PATCH", path, json={"role": "admin"}), 403, "forbidden")
    problem(ask("PATCH", f"/api/users/{uuid.uuid4()}", json={}), 404, "not_found")


def test_a_refused_field_of_a_patch_changes_nothing(admin: Person, people: People) -> None:
    before = admin.get(f"/api/users/{people.person('patched').id}").json()
    rest = {"label": "Another", "email": "another@example.com", "role": "sender", "disabled": True}
    taken = people.account("taken")

    def check(wrong: dict[str, object]) -> None:
        problem(admin.patch(f"/api/users/{before['id']}", json=rest | wrong), 422, "invalid", next(iter(wrong)))
        assert admin.get(f"/api/users/{before['id']}").json() == before

    cases: list[dict[str, object]] = [{"name": taken}, {"name": "a b"}, {"label": ""}, {"email": "none"}, {"role": "king"}, {"disabled": 1}]
    cases += [{"locale": "?"}, {"time_zone": "Mars"}, {"subject": "s"}]
    assert failures(cases, check) == []


def test_a_patch_that_fails_at_its_end_changes_nothing(databases: Databases) -> None:
    note = audit.note

    def fail_at_last(transaction: Connection, action: str, *rest: Any) -> None:
        note(transaction, action, *rest)
        if action == "user.disabled":
            raise busy()

    with databases.fresh() as url, people_in_process(url) as people:
        admin, path = people.person("admin", "admin"), f"/api/users/{people.person('alice').id}"
        before = admin.get(path).json()
        with patch.object(audit, "note", fail_at_last):
            problem(admin.patch(path, json={"label": "Another", "role": "sender", "disabled": True}), 503, "busy")
        assert admin.get(path).json() == before


def test_a_key_cannot_change_admins_and_admins_not_themselves(ask: Ask, admin: Person, people: People) -> None:
    path = f"/api/users/{admin.id}"

    for answer in (
        ask("PATCH", path, json={"email": "me@example.com"}),
        ask("DELETE", path),
        admin.patch(path, json={"disabled": True}),
        admin.patch(path, json={"role": "user"}),
        admin.delete(path),
    ):
        problem(answer, 403, "forbidden")
    failed = ask("POST", "/api/users/import", content=json.dumps({"name": admin.name, "email": "me@example.com"})).json()["failed"]
    assert len(failed) == 1 and "admin" in failed[0]["detail"]
    other = people.person("other")
    assert admin.patch(f"/api/users/{other.id}", json={"role": "sender"}).json()["role"] == "sender"


def test_delete_frees_the_name_and_ends_the_tokens(ask: Ask, people: People, api: Api) -> None:
    alice = people.person("alice")

    assert ask("DELETE", f"/api/users/{alice.id}").status_code == 200

    problem(alice.get("/api/notifications"), 401, "token_revoked")
    problem(ask("DELETE", f"/api/users/{alice.id}"), 404, "not_found")
    assert ask("POST", "/api/users", json={"name": alice.name}).status_code == 201


def test_pages_of_users_are_complete(ask: Ask) -> None:
    mark = fresh("page")
    names = [ask("POST", "/api/users", json={"name": f"{mark}-{n}"}).json()["name"] for n in range(5)]

    found, address = [], f"/api/users?q={mark}&limit=2"
    while address:
        answer = ask("GET", address)
        found += [user["name"] for user in answer.json()]
        address = answer.links.get("next", {}).get("url", "")

    assert found == names


def test_a_people_key_can_neither_send_nor_read(ask: Ask, alice: Person) -> None:
    requests = [
        ("GET", "/api/notifications", None),
        ("GET", "/api/notifications/stream", None),
        ("GET", "/events", None),
        ("GET", "/api/sessions/nothing/status/stream", None),
        ("GET", "/admin/users", None),
        ("POST", "/api/notifications", {"to": alice.address, "title": "Hello"}),
        ("POST", "/api/sessions", {"title": "Job", "owner": alice.name}),
        ("POST", "/api/auth/password", {"old": "a", "new": "b"}),
    ]

    def check(request: tuple[str, str, object]) -> None:
        problem(ask(request[0], request[1], json=request[2]), 403, "forbidden")

    assert failures(requests, check) == []


def test_other_keys_and_users_manage_nobody(api: Api, people: People, dana: Person, alice: Person) -> None:
    with people.elsewhere():
        other = api_keys.create("other", user=alice.name, scopes=["read", "send"])

    for token in (other, dana.token, alice.token):
        problem(api.request("GET", "/api/users", token), 403, "forbidden")
        problem(api.request("PUT", "/api/users/by-subject/1", token, json={"name": "x"}), 403, "forbidden")
        problem(api.request("POST", "/api/users/import", token, content="{}"), 403, "forbidden")


def test_groups_by_http(ask: Ask, people: People) -> None:
    name, renamed, alice = fresh("g"), fresh("h"), people.person("alice")
    ask("PUT", "/api/users/by-subject/member-7", json={"name": "Member"})

    made = ask("POST", "/api/groups", json={"name": name, "managed": True})
    assert (made.status_code, made.json()["managed"], made.json()["members"]) == (201, True, 0)
    problem(ask("POST", "/api/groups", json={"name": name}), 422, "invalid", "name")
    assert ask("PUT", f"/api/groups/{name}/members/{alice.name}", json={"manager": True}).json()["manager"] is True
    assert ask("PUT", f"/api/groups/{name}/members/{alice.id}").json() == {"group": name, "user": alice.name, "manager": False}
    assert ask("PUT", f"/api/groups/{name}/members/id:member-7").status_code == 200
    assert ask("PATCH", f"/api/groups/{name}", json={"name": renamed, "managed": False}).json()["members"] == 2
    assert ask("DELETE", f"/api/groups/{renamed}/members/{alice.name}").status_code == 200
    problem(ask("DELETE", f"/api/groups/{renamed}/members/{alice.name}"), 404, "not_found")
    assert [row["members"] for row in ask("GET", "/api/groups", params={"q": renamed}).json()] == [1]
    assert ask("DELETE", f"/api/groups/{renamed}").status_code == 200
    problem(ask("PUT", f"/api/groups/{renamed}/members/{alice.name}"), 404, "not_found")
    problem(ask("PATCH", f"/api/groups/{renamed}", json={}), 404, "not_found")


def test_a_managed_group_follows_the_tokens(ask: Ask, api: Api) -> None:
    name = fresh("managed")
    ask("POST", "/api/groups", json={"name": name, "managed": True})

    def members() -> list[int]:
        return [row["members"] for row in ask("GET", "/api/groups", params={"q": name}).json()]

    api.request("GET", "/api/notifications", host_token("m1", groups=[name]))
    assert members() == [1]
    api.request("GET", "/api/notifications", host_token("m1"))
    assert members() == [1]
    api.request("GET", "/api/notifications", host_token("m1", groups=["another"]))
    assert members() == [0]


def test_a_user_of_the_host_has_no_password(ask: Ask, api: Api, people: People) -> None:
    made = ask("PUT", "/api/users/by-subject/no-password", json={"name": fresh()}).json()

    with people.elsewhere():
        assert users.authenticate(made["name"], "") is None
    problem(api.post("/api/auth/login", json={"username": made["name"], "password": "anything"}), 401, "credentials_invalid")
