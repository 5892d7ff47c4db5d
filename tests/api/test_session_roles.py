"""Permissions to create, update and watch sessions, for every role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier.services.accounts import api_keys, users
from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move, NewSession
from tests.api_client import Api, Person, problem
from tests.databases import Databases
from tests.people import People
from tests.sessions import SESSIONS, begin, try_to_move


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """Roles are checked in the program."""
    return sqlite_databases


UNKNOWN = "there-is-none"


class Roles:
    """A user for each role towards one session: dana created it for alice, and bob is its viewer.

    mary manages a group with alice, carol one without her, and erin is a sender of other sessions.
    """

    def __init__(self, people: People, alice: Person, bob: Person, carol: Person, dana: Person, admin: Person) -> None:
        self.mary, self.erin, self.max = people.person("mary"), people.person("erin", "sender"), people.person("max")
        people.group("team", alice, self.max, manager=self.mary)
        people.group("others", bob, manager=carol)
        self.by_name = {
            "owner": alice,
            "viewer": bob,
            "outsider": carol,
            "creator": dana,
            "admin": admin,
            "manager": self.mary,
            "another sender": self.erin,
            "fellow member": self.max,
        }
        self.session = begin(dana, alice, bob)


@pytest.fixture
def roles(people: People, alice: Person, bob: Person, carol: Person, dana: Person, admin: Person) -> Iterator[Roles]:
    yield Roles(people, alice, bob, carol, dana, admin)


WATCH = {"owner", "viewer", "manager", "creator", "admin"}
MOVE = {"creator", "admin"}
ALL_ROLES = sorted({"owner", "viewer", "outsider", "creator", "admin", "manager", "another sender", "fellow member"})


@pytest.mark.parametrize("role", ALL_ROLES)
def test_permission_to_watch_by_role(roles: Roles, role: str) -> None:
    person = roles.by_name[role]
    one = [person.get(f"{SESSIONS}/{roles.session}{path}") for path in ("", "/status")]
    listed = {session["id"] for session in person.get(SESSIONS).json()}

    if role in WATCH:
        assert [answer.status_code for answer in one] == [200, 200]
    else:
        for answer in one:
            problem(answer, 403, "forbidden")
    assert (roles.session in listed) == (role in WATCH)


@pytest.mark.parametrize("role", ALL_ROLES)
def test_permission_to_update_by_role(roles: Roles, role: str) -> None:
    answer = try_to_move(roles.by_name[role], roles.session, progress=50)

    if role in MOVE:
        assert (answer.status_code, answer.json()["progress"]) == (200, 50)
    else:
        problem(answer, 403, "forbidden")
        assert roles.by_name["owner"].get(f"{SESSIONS}/{roles.session}/status").json()["progress"] == 0


@pytest.mark.parametrize("role", ALL_ROLES)
def test_permission_to_create_by_role(roles: Roles, role: str) -> None:
    answer = roles.by_name[role].post(SESSIONS, json={"title": "Mine", "owner": roles.by_name["owner"].name})

    if role in ("creator", "admin", "another sender"):
        assert answer.status_code == 201
    else:
        problem(answer, 403, "forbidden")


@pytest.mark.parametrize("path", ["", "/status", "/status/stream"])
def test_unknown_session_returns_404(alice: Person, path: str) -> None:
    problem(alice.get(f"{SESSIONS}/{UNKNOWN}{path}"), 404, "not_found")


def test_unknown_session_cannot_be_updated(dana: Person) -> None:
    problem(try_to_move(dana, UNKNOWN), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("GET", ""), ("GET", "/x"), ("GET", "/x/status"), ("POST", "/x/status"), ("GET", "/x/status/stream")],
)
def test_anonymous_access_is_refused(api: Api, method: str, path: str) -> None:
    problem(api.request(method, SESSIONS + path, json={} if method == "POST" else None), 401, "token_missing")


def test_send_key_creates_updates_and_reads_its_sessions(people: People, roles: Roles, api: Api) -> None:
    with people.elsewhere():
        token = api_keys.create("worker")
    alice = roles.by_name["owner"]

    id = api.post(SESSIONS, token=token, json={"title": "Mine", "owner": alice.name}).json()["id"]

    assert api.post(f"{SESSIONS}/{id}/status", token=token, json={"status": "processing", "progress": 3}).status_code == 200
    assert [session["id"] for session in api.get(SESSIONS, token=token).json()] == [id]
    problem(api.get(f"{SESSIONS}/{roles.session}", token=token), 403, "forbidden")
    problem(api.post(f"{SESSIONS}/{roles.session}/status", token=token, json={"status": "processing"}), 403, "forbidden")
    problem(api.get(f"{SESSIONS}/{id}/status/stream", token=token), 403, "forbidden")


def test_read_key_watches_what_its_user_may(people: People, roles: Roles, api: Api) -> None:
    alice = roles.by_name["owner"]
    with people.elsewhere():
        token = api_keys.create("dashboard", user=alice.name, scopes=["read"])

    assert api.get(f"{SESSIONS}/{roles.session}", token=token).status_code == 200
    problem(api.post(SESSIONS, token=token, json={"title": "x", "owner": alice.name}), 403, "forbidden")
    problem(api.post(f"{SESSIONS}/{roles.session}/status", token=token, json={"status": "processing"}), 403, "forbidden")


def test_read_key_cannot_stream_sessions_made_by_a_send_key(people: People, roles: Roles, api: Api) -> None:
    with people.elsewhere():
        token = api_keys.create("both", user=roles.by_name["outsider"].name, scopes=["read", "send"])
    id = api.post(SESSIONS, token=token, json={"title": "Mine", "owner": roles.by_name["owner"].name}).json()["id"]

    assert api.get(f"{SESSIONS}/{id}/status", token=token).status_code == 200
    problem(api.get(f"{SESSIONS}/{id}/status/stream", token=token), 403, "forbidden")


def test_local_code_creates_and_updates_sessions(people: People, alice: Person) -> None:
    with people.elsewhere():
        id = sessions.create(NewSession(title="Nightly", owner=alice.name), creator="local")
        sessions.move(id, Move(status="processing", progress=12), Viewer(None, admin=False, sender="local"))

    assert alice.get(f"{SESSIONS}/{id}/status").json()["progress"] == 12


def test_disabled_creator_cannot_update(people: People, roles: Roles) -> None:
    dana = roles.by_name["creator"]
    with people.elsewhere():
        users.set_disabled(dana.name, True)

    problem(try_to_move(dana, roles.session), 401, "token_revoked")
