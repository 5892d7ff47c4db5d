"""An API key can do what its scopes allow, and nothing more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from notifier import database
from notifier.models import ApiKey
from notifier.services.accounts import api_keys
from tests.api_client import Api, Person, problem
from tests.databases import Databases
from tests.people import PASSWORD, People


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """Scopes are checked in the program."""
    return sqlite_databases


def with_key(people: People, person: Person, *scopes: str) -> str:
    with people.elsewhere():
        return api_keys.create("a program", user=person.name, scopes=scopes)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/notifications/{id}", {"status": "read"}),
        ("DELETE", "/api/notifications/{id}", None),
        ("DELETE", "/api/notifications", None),
        ("POST", "/api/notifications/read-all", None),
        ("POST", "/api/auth/logout", None),
        ("POST", "/api/auth/password", {"old": PASSWORD, "new": "another horse entirely"}),
        ("POST", "/api/notifications", {"to": "all", "title": "Hello"}),
    ],
)
def test_read_key_changes_nothing(people: People, api: Api, alice: Person, dana: Person, method: str, path: str, body: object) -> None:
    sent, key = dana.send(alice)["id"], with_key(people, alice, "read")

    problem(api.request(method, path.format(id=sent), key, json=body), 403, "forbidden")

    assert alice.get(f"/api/notifications/{sent}").json()["status"] == "unread"
    assert api.request("GET", "/api/notifications", key).json()[0]["id"] == sent


@pytest.mark.parametrize("path", ["/notifications", "/poll", "/settings", "/go/{id}/0"])
def test_read_key_opens_no_page(people: People, api: Api, alice: Person, dana: Person, path: str) -> None:
    sent = dana.send(alice, actions=[{"label": "Watch Now", "url": "/video/7"}])["id"]

    problem(api.request("GET", path.format(id=sent), with_key(people, alice, "read")), 403, "forbidden")

    assert alice.get(f"/api/notifications/{sent}").json()["status"] == "unread"


def test_send_key_reads_nothing(people: People, api: Api, alice: Person) -> None:
    key = with_key(people, alice, "send")

    assert api.request("POST", "/api/notifications", key, json={"to": alice.address, "title": "Hello"}).status_code == 201
    problem(api.request("GET", "/api/notifications", key), 403, "forbidden")


def test_rotated_key_stays_the_same_sender(people: People, api: Api, alice: Person) -> None:
    old = with_key(people, alice, "send")
    sent = api.request("POST", "/api/notifications", old, json={"to": alice.address, "title": "Hello"}).json()["id"]
    with people.elsewhere():
        new = api_keys.rotate(api_keys.authenticate(old).public_id)  # type: ignore[union-attr]

    problem(api.request("POST", "/api/notifications", old, json={"to": alice.address, "title": "Hello"}), 401, "token_invalid")
    assert api.request("POST", f"/api/notifications/{sent}/withdraw", new).status_code == 200


@pytest.mark.security("S60")
def test_database_holds_no_usable_key(people: People, alice: Person) -> None:
    key = with_key(people, alice, "read")

    with people.elsewhere(), database.read() as connection:
        kept = [str(value) for row in connection.execute(select(ApiKey.__table__)) for value in row]
    assert key.rpartition("_")[2] not in " ".join(kept)


def test_message_of_another_sender_returns_404(people: People, api: Api, alice: Person, dana: Person) -> None:
    key, sent = with_key(people, alice, "send"), dana.send(alice)["id"]

    problem(api.request("POST", f"/api/notifications/{sent}/withdraw", key), 404, "not_found")
    problem(api.request("GET", f"/api/notifications/{sent}/delivery", key), 404, "not_found")


@pytest.mark.parametrize("query", ["type=", "status=", "q=", "stauts=read"])
def test_empty_filter_value_clears_nothing(alice: Person, dana: Person, query: str) -> None:
    dana.send(alice)

    problem(alice.delete(f"/api/notifications?{query}"), 422, "invalid")
    problem(alice.post(f"/api/notifications/read-all?{query}"), 422, "invalid")

    assert alice.get("/api/notifications/unread-count").json()["unread_count"] == 1


def test_withdrawn_update_is_not_restored_by_undo(alice: Person, dana: Person) -> None:
    first = dana.send(alice, collapse_key="job")["id"]
    assert dana.send(alice, collapse_key="job")["id"] == first
    seq = alice.delete(f"/api/notifications/{first}").json()["seq"]
    assert dana.post(f"/api/notifications/{first}/withdraw").status_code == 200

    problem(alice.post("/api/notifications/undo", json={"seq": seq}), 409, "nothing_to_undo")


def test_unwritten_recipients_do_not_count_as_delivered(alice: Person, dana: Person) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    sent = dana.send(alice, send_at=tomorrow.isoformat())["id"]
    dana.post(f"/api/notifications/{sent}/withdraw")

    answer = dana.get(f"/api/notifications/{sent}/delivery").json()
    assert (answer["recipients"], answer["delivered"], answer["state"]) == (1, 0, "withdrawn")
