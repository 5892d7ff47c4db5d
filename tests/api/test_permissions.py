"""Permissions for API routes: refusals are problem documents for every method, and change nothing.

The permissions for all routes, including the pages, are tested in `tests/web/test_roles.py`.
"""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import update
from werkzeug.routing import Rule

from notifier import create_app, database
from notifier.local_token import local_token
from notifier.models import User
from notifier.models.columns import now
from tests.api.contents import contents
from tests.api.routes import ADMINS, DESTINATIONS, DIRECTORY, LEGACY, PROTECTED, PUBLIC, REFRESHERS, SENDERS, USERS, WATCHERS
from tests.api_client import Api, Person, problem
from tests.cases import failures
from tests.databases import Databases
from tests.people import People
from tests.servers.notifier import SECRET_KEY

READING = {"GET", "HEAD"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: permissions do not depend on the database."""
    return sqlite_databases


def routes() -> dict[str, set[str]]:
    """Return the methods by path."""
    found: dict[str, set[str]] = {}
    for rule in all_rules():
        found.setdefault(rule.rule, set()).update(rule.methods or ())
    return found


def all_rules() -> list[Rule]:
    """Return the URL rules of the API, without the pages."""
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nowhere/at-all", "SECRET_KEY": "x" * 32})
    rules = app.url_map.iter_rules()
    return [rule for rule in rules if rule.rule.startswith("/api/") or rule.endpoint.partition(".")[0] in ("ops", "openapi", "legacy")]


def call(api: Api, route: str, token: str | None = None, **kwargs: object) -> httpx.Response:
    method, _, path = route.partition(" ")
    return api.request(method, re.sub("<[^>]+>", "00000000-0000-7000-8000-000000000000", path), token, **kwargs)


@pytest.mark.security("S16")
def test_every_route_is_listed_here() -> None:
    existing = {f"{method} {path}" for path, methods in routes().items() for method in methods - {"HEAD", "OPTIONS"}}

    assert {route for route in existing if "/api/v1/" not in route or route in LEGACY} == PUBLIC | REFRESHERS | PROTECTED


def test_every_api_route_exists_under_v1() -> None:
    view = {f"{method} {rule.rule}": rule.endpoint for rule in all_rules() for method in rule.methods or ()}
    plain = {route: endpoint for route, endpoint in view.items() if " /api/" in route and "/v1/" not in route}

    others = {route: view[route.replace("/api/", "/api/v1/")] for route in plain}
    assert {route for route in plain if others[route] != plain[route]} == {
        f"{method} /api/notifications/stream" for method in ("GET", "HEAD", "OPTIONS")
    }


def test_anonymous_requests_are_refused(api: Api) -> None:
    assert failures(sorted(PROTECTED | REFRESHERS), lambda route: problem(call(api, route), 401, "token_missing")) == []


def test_public_routes_need_no_token(api: Api) -> None:
    assert [route for route in sorted(PUBLIC) if call(api, route).status_code in (401, 403)] == []


def test_only_senders_may_send(alice: Person, dana: Person, admin: Person) -> None:
    body = {"to": alice.address, "title": "Hello"}

    def check(route: str) -> None:
        problem(call(alice.api, route, alice.token, json=body), 403, "forbidden")
        for sender in (dana, admin):
            assert call(sender.api, route, sender.token, json=body).status_code not in (401, 403)

    assert failures(sorted(SENDERS), check) == []


def test_refused_sender_learns_no_user_names(alice: Person) -> None:
    def check(route: str) -> None:
        for to in ("user:nobody", "user:admin", "all"):
            document = problem(call(alice.api, route, alice.token, json={"to": to}), 403, "forbidden")
            assert document["detail"] == "Only senders and admins may send."

    assert failures(sorted(SENDERS), check) == []


def test_users_reach_their_own_data(people: People) -> None:
    def check(route: str) -> None:
        for role in ("user", "sender", "admin"):
            person = people.person("alice", role)
            assert call(person.api, route, person.token, json={"status": "read"}).status_code not in (401, 403)

    assert failures(sorted(USERS | WATCHERS), check) == []


@pytest.mark.security("S14")
def test_only_admins_reach_data_of_others(alice: Person, dana: Person, admin: Person) -> None:
    def check(route: str) -> None:
        for person in (alice, dana):
            problem(call(person.api, route, person.token), 403, "forbidden")
        problem(call(admin.api, route, admin.token), 404, "not_found")

    assert failures(sorted(ADMINS), check) == []


def test_only_admins_reach_users_groups_and_destinations(alice: Person, dana: Person, admin: Person) -> None:
    def check(route: str) -> None:
        for person in (alice, dana):
            problem(call(person.api, route, person.token), 403, "forbidden")
        assert call(admin.api, route, admin.token).status_code not in (401, 403)

    assert failures(sorted(DIRECTORY | DESTINATIONS), check) == []


def test_disabled_user_is_refused_everywhere(people: People, admin: Person) -> None:
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(User).where(User.public_id == admin.id).values(disabled_at=now()))

    assert failures(sorted(PROTECTED), lambda route: problem(call(admin.api, route, admin.token), 401, "token_revoked")) == []


def test_local_token_has_no_inbox(api: Api) -> None:
    token = local_token(SECRET_KEY)

    assert failures(sorted(USERS | ADMINS), lambda route: problem(call(api, route, token), 403, "forbidden")) == []


def test_local_token_may_send(api: Api, alice: Person) -> None:
    token = local_token(SECRET_KEY)

    answer = call(api, "POST /api/notifications", token, json={"to": alice.address, "title": "Hello"})

    assert (answer.status_code, answer.json()["recipients"]) == (201, 1)


@pytest.mark.security("S30")
def test_unsupported_methods_return_405_and_change_nothing(people: People, admin: Person, dana: Person) -> None:
    dana.send(admin)
    before, methods_of = contents(people), routes()

    def check(path: str) -> None:
        for method in METHODS - methods_of[path]:
            answer = call(admin.api, f"{method} {path}", admin.token)
            assert answer.status_code == 405, method
            assert set(answer.headers["allow"].split(", ")) == methods_of[path]
        assert contents(people) == before

    assert failures(sorted(methods_of), check) == []


@pytest.mark.security("S30")
def test_safe_methods_change_nothing(people: People, admin: Person, dana: Person) -> None:
    dana.send(admin)
    before = contents(people)

    def check(path: str) -> None:
        for method in ("GET", "HEAD", "OPTIONS"):
            call(admin.api, f"{method} {path}", admin.token)
        assert contents(people) == before

    assert failures(sorted(path for path, methods in routes().items() if READING & methods), check) == []


@pytest.mark.parametrize(
    "override", [{"X-HTTP-Method-Override": "DELETE"}, {"X-HTTP-Method": "DELETE"}, {"X-Method-Override": "DELETE"}], ids=str
)
def test_method_override_is_ignored(people: People, dana: Person, admin: Person, override: dict[str, str]) -> None:
    dana.send(admin)
    before = contents(people)

    admin.get("/api/notifications?_method=DELETE", headers=override)
    admin.post("/api/notifications/unread-count?_method=DELETE", headers=override)

    assert contents(people) == before
