"""API keys for programs: valid for their scopes until they are revoked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from notifier import database
from notifier.errors import Invalid, NotFound
from notifier.extensions import Base
from notifier.models import ApiKey
from notifier.services.accounts import api_keys, users
from tests.api_client import Api, Person, problem
from tests.databases import one_database
from tests.people import People
from tests.times import set_back

Make = Callable[..., str]
ROUTES = [
    ("GET", "/api/notifications", "read"),
    ("GET", "/api/notifications/unread-count", "read"),
    ("POST", "/api/notifications", "send"),
]


@pytest.fixture
def make(people: People) -> Make:
    """Create a key with these scopes, for a `user` or for none."""

    def make(*scopes: str, user: str | None = None) -> str:
        with people.elsewhere():
            return api_keys.create("a program", user=user, scopes=scopes)

    return make


def row(people: People, key: str) -> Any:
    with people.elsewhere(), database.read() as connection:
        return connection.execute(select(ApiKey).where(ApiKey.prefix == key.split("_")[1])).one()


def send(api: Api, key: str, to: Person) -> Any:
    return api.request("POST", "/api/notifications", key, json={"to": to.address, "title": "Hello"})


def test_key_format_is_recognisable(people: People, make: Make) -> None:
    key = make("send")

    mark, prefix, secret = key.split("_", 2)
    assert (mark, len(prefix)) == ("ntf", 12)
    assert len(secret) >= 43
    assert row(people, key).name == "a program"


def test_keys_are_unique(make: Make) -> None:
    assert len({make("send") for _ in range(20)}) == 20


@pytest.mark.security("S60")
def test_key_is_stored_as_hash_only(people: People, make: Make) -> None:
    """No value in the table is a usable key."""
    key = make("send")
    with people.elsewhere(), database.read() as connection:
        dump = json.dumps([[*map(str, row)] for table in Base.metadata.sorted_tables for row in connection.execute(select(table))])

    assert key.split("_", 2)[2] not in dump
    assert key.split("_")[1] in dump


@pytest.mark.parametrize("scopes", [("send",), ("read",), ("send", "read")], ids=str)
@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_key_allows_its_scopes_only(
    api: Api, alice: Person, make: Make, scopes: tuple[str, ...], method: str, path: str, needed: str
) -> None:
    answer = api.request(method, path, make(*scopes, user=alice.name), json={"to": alice.address, "title": "Hello"})

    if needed in scopes:
        assert answer.status_code in (200, 201)
    else:
        problem(answer, 403, "forbidden")


def test_read_key_reads_its_users_inbox(api: Api, dana: Person, alice: Person, bob: Person, make: Make) -> None:
    dana.send(bob, title="for bob")
    dana.send(alice, title="for alice")

    listed = api.request("GET", "/api/notifications", make("read", user=alice.name)).json()

    assert [item["title"] for item in listed] == ["for alice"]


def test_send_key_sends_regardless_of_user_role(api: Api, alice: Person, bob: Person, make: Make) -> None:
    assert send(api, make("send", user=alice.name), bob).status_code == 201
    problem(alice.post("/api/notifications", json={"to": bob.address, "title": "Hello"}), 403)


def test_key_manages_its_own_messages_only(api: Api, alice: Person, make: Make) -> None:
    key = make("send")
    id = send(api, key, alice).json()["id"]

    problem(api.request("POST", f"/api/notifications/{id}/withdraw", make("send")), 404, "not_found")
    assert api.request("GET", f"/api/notifications/{id}/delivery", key).json()["delivered"] == 1
    assert api.request("POST", f"/api/notifications/{id}/withdraw", key).status_code == 200


def test_idempotency_keys_are_scoped_by_api_key(api: Api, alice: Person, make: Make) -> None:
    bodies = [{"to": alice.address, "title": title} for title in ("one", "two")]
    answers = [api.request("POST", "/api/notifications", make("send"), json=body, headers={"Idempotency-Key": "1"}) for body in bodies]

    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key.replace(key.split("_")[1], "0" * 12),
        lambda key: key.rpartition("_")[0] + "_",
        lambda key: "ntf_",
        lambda key: "ntf__" + key.split("_", 2)[2],
        lambda key: "ntf_%_" + key.split("_", 2)[2],
        lambda key: key.upper(),
        lambda key: "ntf_" + "x" * 5000,
    ],
)
def test_almost_valid_key_is_refused(api: Api, alice: Person, make: Make, spoil: Callable[[str], str]) -> None:
    problem(send(api, spoil(make("send")), alice), 401, "token_invalid")


@pytest.mark.security("S25")
def test_key_in_the_url_is_ignored(api: Api, alice: Person, make: Make) -> None:
    problem(api.get("/api/notifications", params={"key": make("read", user=alice.name)}), 401, "token_missing")


def test_last_use_is_recorded_to_the_minute(people: People, api: Api, alice: Person, make: Make) -> None:
    key = make("send")
    assert row(people, key).last_used_at is None
    send(api, key, alice)
    first = row(people, key).last_used_at

    send(api, key, alice)
    assert row(people, key).last_used_at == first
    set_back(people, ApiKey.last_used_at, minutes=2)
    send(api, key, alice)

    assert row(people, key).last_used_at > first


def test_wrong_secret_does_not_count_as_use(people: People, api: Api, alice: Person, make: Make) -> None:
    key = make("send")

    send(api, key + "x", alice)

    assert row(people, key).last_used_at is None


def test_revoked_key_is_refused(people: People, api: Api, alice: Person, make: Make) -> None:
    key, other = make("read", "send", user=alice.name), make("send")
    with people.elsewhere():
        api_keys.revoke(row(people, key).public_id)

    problem(send(api, key, alice), 401, "token_invalid")
    problem(api.request("GET", "/api/notifications", key), 401, "token_invalid")
    assert send(api, other, alice).status_code == 201


def test_rotated_key_keeps_its_identity(people: People, api: Api, alice: Person, make: Make) -> None:
    old = make("send")
    id = send(api, old, alice).json()["id"]
    with people.elsewhere():
        new = api_keys.rotate(row(people, old).public_id)

    problem(send(api, old, alice), 401, "token_invalid")
    assert send(api, new, alice).status_code == 201
    assert api.request("POST", f"/api/notifications/{id}/withdraw", new).status_code == 200
    assert row(people, new).name == "a program"


def test_unknown_key_cannot_be_revoked_or_rotated(people: People, make: Make) -> None:
    revoked = row(people, make("send")).public_id
    with people.elsewhere():
        api_keys.revoke(revoked)
        for call, id in ((api_keys.revoke, "nothing"), (api_keys.rotate, "nothing"), (api_keys.rotate, revoked)):
            with pytest.raises(NotFound):
                call(id)


def test_key_of_a_disabled_user_is_refused_until_enabled(people: People, api: Api, alice: Person, bob: Person, make: Make) -> None:
    key = make("read", "send", user=alice.name)
    with people.elsewhere():
        users.set_disabled(alice.name, True)
    problem(send(api, key, bob), 401, "token_invalid")

    with people.elsewhere():
        users.set_disabled(alice.name, False)

    assert send(api, key, bob).status_code == 201


def test_password_change_keeps_keys(api: Api, alice: Person, make: Make) -> None:
    key = make("read", user=alice.name)

    alice.post("/api/auth/password", json={"old": alice.password, "new": "another horse"})

    assert api.request("GET", "/api/notifications", key).status_code == 200


@pytest.mark.parametrize("action", ["refresh", "logout"])
def test_key_cannot_end_a_sign_in(api: Api, alice: Person, make: Make, action: str) -> None:
    api.request("POST", f"/api/auth/{action}", make("read", "send", user=alice.name))

    assert alice.get("/api/notifications").status_code == 200


@one_database
@pytest.mark.parametrize(
    ("name", "kwargs", "field"),
    [
        ("", {}, "name"),
        ("x" * 65, {}, "name"),
        ("a\nb", {}, "name"),
        ("a", {"scopes": []}, "scopes"),
        ("a", {"scopes": ["admin"]}, "scopes"),
        ("a", {"scopes": ["send", "Read"]}, "scopes"),
        ("a", {"scopes": ["read"]}, "user"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_invalid_key_is_not_created(people: People, name: str, kwargs: dict[str, Any], field: str) -> None:
    with people.elsewhere(), pytest.raises(Invalid) as refusal:
        api_keys.create(name, **kwargs)

    assert [error.field for error in refusal.value.errors] == [field]


def test_key_needs_an_existing_user(people: People) -> None:
    with people.elsewhere(), pytest.raises(NotFound):
        api_keys.create("a", user="nobody", scopes=["read"])
