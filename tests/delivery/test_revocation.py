"""Revoked access closes streams with `bye` within 2 s.

Revoked by the API, or by another process without a bus.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.services.accounts import api_keys, deletion, password_changes, tokens, users
from tests.api_client import Person, problem
from tests.people import PASSWORD
from tests.site import Site
from tests.sse import Stream

WITHIN = 2.0


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"ACCESS_TOKEN_MINUTES": 30}


def revoked(stream: Stream) -> bool:
    return stream.until("bye", WITHIN).json["reason"] == "revoked" and stream.wait_closed(WITHIN) and stream.ended_cleanly


@pytest.mark.security("S33")
def test_sign_out_ends_streams_of_this_sign_in_only(site: Site, alice: Person) -> None:
    again = alice.sign_in_again()
    mine, other = alice.connected(), again.connected()

    assert alice.post("/api/auth/logout").status_code == 200

    assert revoked(mine)
    problem(alice.get("/api/notifications"), 401, "token_revoked")
    problem(site.api.post("/api/auth/refresh", headers={"Authorization": f"Bearer {alice.refresh_token}"}), 401, "token_revoked")
    assert again.get("/api/notifications").status_code == 200
    assert not other.wait_closed(0)
    other.close()


def test_password_change_ends_all_streams(alice: Person) -> None:
    again = alice.sign_in_again()
    streams = [alice.connected(), again.connected()]

    answer = alice.post("/api/auth/password", json={"old": PASSWORD, "new": "another horse entirely"})

    assert all(revoked(stream) for stream in streams)
    for person in (alice, again):
        problem(person.get("/api/notifications"), 401, "token_revoked")
    fresh = alice.api.get("/api/notifications", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert fresh.status_code == 200


def disabled(name: str) -> None:
    users.set_disabled(name, True)


def password_changed(name: str) -> None:
    password_changes.change_password(users.by_name(name), PASSWORD, "another horse entirely")


def deleted(name: str) -> None:
    deletion.delete_user(users.by_name(name))


@pytest.mark.parametrize("happens", [disabled, password_changed, deleted])
@pytest.mark.security("S34")
def test_revocation_by_another_process_is_found_by_polling(site: Site, alice: Person, happens: Callable[[str], None]) -> None:
    stream = alice.connected()

    with site.elsewhere():
        happens(alice.name)

    assert revoked(stream)
    problem(alice.get("/api/notifications"), 401, "token_revoked")


def test_enabled_user_can_open_streams_again(site: Site, alice: Person) -> None:
    with site.elsewhere():
        users.set_disabled(alice.name, True)
        users.set_disabled(alice.name, False)

    problem(alice.get("/api/notifications"), 401, "token_revoked")
    assert alice.sign_in_again().get("/api/notifications").status_code == 200


@pytest.mark.parametrize("end", [api_keys.revoke, api_keys.rotate])
def test_revoked_key_ends_its_own_streams_only(site: Site, alice: Person, end: Callable[[str], object]) -> None:
    with site.elsewhere():
        key = api_keys.create("a program", user=alice.name, scopes=["read"])
        key_id = api_keys.authenticate(key).public_id  # type: ignore[union-attr]
    by_key = Stream(alice.api.url + "/api/notifications/stream", key)
    by_key.until("connected")
    by_token = alice.connected()

    with site.elsewhere():
        end(key_id)

    assert revoked(by_key)
    assert not by_token.wait_closed(0)
    problem(alice.api.get("/api/notifications", headers={"Authorization": f"Bearer {key}"}), 401, "token_invalid")


@pytest.mark.security("S35")
def test_stream_ends_with_its_token(site: Site, alice: Person) -> None:
    with site.elsewhere():
        site.app.config["JWT_ACCESS_TOKEN_EXPIRES"], kept = 2, site.app.config["JWT_ACCESS_TOKEN_EXPIRES"]
        token = tokens.access_token(users.by_name(alice.name))
        site.app.config["JWT_ACCESS_TOKEN_EXPIRES"] = kept
    stream = Stream(alice.api.url + "/api/notifications/stream", token)
    stream.until("connected")

    assert stream.until("bye", 3).json["reason"] == "expired"
    assert stream.wait_closed(1) and stream.ended_cleanly
