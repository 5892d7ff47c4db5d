"""Looking after people, groups and keys by form: what is asked first, what is shown once, and what it says when there is nothing."""

from __future__ import annotations

import httpx
import pytest

from tests.api_client import Person, problem
from tests.people import People
from tests.web.conftest import Visit, sign_in
from tests.web.desk import Desk, wrongs


@pytest.fixture
def desk(people: People, visit: Visit) -> Desk:
    return Desk(visit(), people.account("admin", "admin"))


def test_a_new_user_signs_in_with_the_password_that_was_shown(desk: Desk, visit: Visit) -> None:
    password = desk.secret("/admin/users", username="grace", role="sender", once="u1")

    assert sign_in(visit(), "grace", password).status_code == 303
    assert password not in desk.get("/admin/users?q=grace")


def test_a_form_whose_answer_is_a_secret_works_once(desk: Desk) -> None:
    desk.secret("/admin/users", username="heidi", once="u2")

    assert desk.post("/admin/users", username="heidi2", once="u2").status_code == 409
    assert "No user matches." in desk.get("/admin/users?q=heidi2")


@pytest.mark.parametrize(("username", "field"), [("", "username"), ("a b", "username"), ("x" * 65, "username")])
def test_a_name_that_cannot_be_is_said_at_its_field(desk: Desk, username: str, field: str) -> None:
    answer = desk.post("/admin/users", username=username, once=f"u-{username}")

    assert answer.status_code == 422 and list(wrongs(answer)) == [field]


def test_a_new_password_ends_the_old_one(desk: Desk, alice: Person, visit: Visit) -> None:
    path = f"/admin/users/{alice.id}/password"
    assert 'name="sure"' in desk.post(path).text
    assert alice.get("/api/notifications").status_code == 200
    password = desk.secret(path, sure="yes", once="p1")

    problem(alice.get("/api/notifications"), 401, "token_revoked")
    assert sign_in(visit(), alice.name).status_code == 401
    assert sign_in(visit(), alice.name, password).status_code == 303


def test_somebody_is_shut_out_and_let_in(desk: Desk, alice: Person, visit: Visit) -> None:
    desk.asked(f"/admin/users/{alice.id}/disable")
    assert sign_in(visit(), alice.name).status_code == 401
    assert "Disabled" in desk.get(f"/admin/users/{alice.id}")
    desk.done(f"/admin/users/{alice.id}/enable")

    assert sign_in(visit(), alice.name).status_code == 303


def test_a_role_counts_from_the_next_request_on(desk: Desk, alice: Person) -> None:
    problem(alice.post("/api/notifications", json={"to": "all", "title": "x"}), 403)
    desk.done(f"/admin/users/{alice.id}/role", role="sender")

    assert alice.post("/api/notifications", json={"to": alice.address, "title": "x"}).status_code == 201
    assert desk.post(f"/admin/users/{alice.id}/role", role="king").status_code == 422


@pytest.mark.parametrize("deed", ["disable", "password", "role"])
def test_nobody_does_it_to_themselves(people: People, visit: Visit, deed: str) -> None:
    me = people.person("admin", "admin")
    answer = Desk(visit(), me.name).post(f"/admin/users/{me.id}/{deed}", sure="yes", once="x", role="user")

    assert answer.status_code == 403
    assert me.again().role == "admin"


def test_a_group_from_its_making_to_its_end(desk: Desk, alice: Person) -> None:
    there = desk.done("/admin/groups", name="night-shift")
    assert "No members yet." in desk.get(there)
    desk.done("/admin/groups/night-shift/members", username=alice.name, manager="yes")
    page = desk.get("/admin/groups/night-shift")
    assert alice.name in page and "Manager" in page and "1 member." in page
    desk.done("/admin/groups/night-shift/members", username=alice.name)
    assert "Make a manager" in desk.get("/admin/groups/night-shift")
    desk.asked("/admin/groups/night-shift/remove", username=alice.name)
    assert "0 members." in desk.get("/admin/groups/night-shift")
    desk.asked("/admin/groups/night-shift/delete")

    assert desk.browser.get("/admin/groups/night-shift").status_code == 404


def test_what_is_wrong_with_a_group_is_said_at_its_field(desk: Desk, staff: str) -> None:
    assert list(wrongs(desk.post("/admin/groups", name=staff))) == ["name"]
    assert list(wrongs(desk.post(f"/admin/groups/{staff}/members", username="nobody-at-all"))) == ["username"]


def test_a_key_from_its_making_to_its_end(desk: Desk, alice: Person, people: People) -> None:
    key = desk.secret("/admin/keys", name="farm", scope=["send", "read"], user=alice.name, once="k1")
    assert people.api.get("/api/notifications", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    page = desk.get("/admin/keys")
    assert key not in page and "read, send" in page and alice.name in page
    path = page.partition("/rotate")[0].rpartition('action="')[2]
    assert 'name="sure"' in desk.post(f"{path}/rotate").text
    rotated = desk.secret(f"{path}/rotate", sure="yes", once="k2")
    problem(people.api.get("/api/notifications", headers={"Authorization": f"Bearer {key}"}), 401)
    desk.asked(f"{path}/revoke")

    problem(people.api.get("/api/notifications", headers={"Authorization": f"Bearer {rotated}"}), 401)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scope": ["send"]}, "name"),
        ({"name": "farm"}, "scopes"),
        ({"name": "farm", "scope": ["read"]}, "user"),
        ({"name": "farm", "scope": ["read"], "user": "nobody-at-all"}, "user"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_at_its_field(desk: Desk, fields: dict[str, str | list[str]], field: str) -> None:
    assert list(wrongs(desk.post("/admin/keys", once=str(fields), **fields))) == [field]


def test_the_switch_asks_before_it_ends_all_streams(desk: Desk, alice: Person) -> None:
    assert "Streams are on" in desk.get("/admin/connections")
    desk.asked("/admin/connections/switch", on="no")
    assert 'data-enabled="false"' in desk.get("/admin/connections")
    desk.done("/admin/connections/switch", on="yes")

    assert 'data-enabled="true"' in desk.get("/admin/connections")


def test_the_log_tells_who_did_what_and_from_where(desk: Desk, alice: Person) -> None:
    desk.asked(f"/admin/users/{alice.id}/disable")
    row = desk.get(f"/admin/audit?q={alice.name}&action=user.disabled").partition("<tbody>")[2]

    assert [text for text in (desk.name, "user.disabled", alice.name, "127.0.0.1") if text not in row] == []
    assert "No entry matches." in desk.get("/admin/audit?q=nothing-like-that")


def test_what_was_refreshed_is_still_that_of_whoever_did_it(people: People, desk: Desk, alice: Person) -> None:
    """An access token that has expired is renewed in the same answer; the log must not take it for the server's own doing."""
    desk.browser.cookies.delete("access_token_cookie")
    refresh = desk.browser.cookies["csrf_refresh_token"]
    answer: httpx.Response = desk.browser.post(f"/admin/users/{alice.id}/enable", data={"csrf_token": refresh})
    assert answer.status_code == 303

    assert desk.name in desk.get(f"/admin/audit?q={alice.name}&action=user.enabled").partition("<tbody>")[2]


def test_the_last_day_is_empty_at_first_and_says_so(desk: Desk) -> None:
    page = desk.get("/admin")

    assert [text for text in ("Delivered to open streams", "Delivery time, p95", "Errors", "None.") if text not in page] == []


@pytest.mark.parametrize("path", ["/admin/users", "/admin/groups", "/admin/keys", "/admin/connections", "/admin/audit", "/admin/sent"])
@pytest.mark.parametrize("query", ["q=%00", "before=-1", "before=9999999999999999999999", "after=\ud7ff", "start=x", "q=" + "x" * 2000])
def test_an_address_that_somebody_made_up_breaks_no_list(desk: Desk, path: str, query: str) -> None:
    assert desk.browser.get(f"{path}?{query}").status_code == 200
