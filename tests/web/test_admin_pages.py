"""Admin pages for users, groups, keys, streams and audit: confirmations, secrets shown once, empty states."""

from __future__ import annotations

import httpx
import pytest

from tests.api_client import Person, problem
from tests.people import People
from tests.web.admin_browser import AdminBrowser, field_errors
from tests.web.conftest import Visit, sign_in


def test_new_user_signs_in_with_the_shown_password(admin_browser: AdminBrowser, visit: Visit) -> None:
    password = admin_browser.secret("/admin/users", username="grace", role="sender", once="u1")

    assert sign_in(visit(), "grace", password).status_code == 303
    assert password not in admin_browser.get("/admin/users?q=grace")


def test_form_that_shows_a_secret_works_once(admin_browser: AdminBrowser) -> None:
    admin_browser.secret("/admin/users", username="heidi", once="u2")

    assert admin_browser.post("/admin/users", username="heidi2", once="u2").status_code == 409
    assert "No user matches." in admin_browser.get("/admin/users?q=heidi2")


@pytest.mark.parametrize(("username", "field"), [("", "username"), ("a b", "username"), ("x" * 65, "username")])
def test_invalid_username_is_shown_at_its_field(admin_browser: AdminBrowser, username: str, field: str) -> None:
    answer = admin_browser.post("/admin/users", username=username, once=f"u-{username}")

    assert answer.status_code == 422 and list(field_errors(answer)) == [field]


def test_password_reset_ends_sign_ins_and_the_old_password(admin_browser: AdminBrowser, alice: Person, visit: Visit) -> None:
    path = f"/admin/users/{alice.id}/password"
    assert 'name="sure"' in admin_browser.post(path).text
    assert alice.get("/api/notifications").status_code == 200
    password = admin_browser.secret(path, sure="yes", once="p1")

    problem(alice.get("/api/notifications"), 401, "token_revoked")
    assert sign_in(visit(), alice.name).status_code == 401
    assert sign_in(visit(), alice.name, password).status_code == 303


def test_disabled_user_cannot_sign_in_until_enabled(admin_browser: AdminBrowser, alice: Person, visit: Visit) -> None:
    admin_browser.confirm(f"/admin/users/{alice.id}/disable")
    assert sign_in(visit(), alice.name).status_code == 401
    assert "Disabled" in admin_browser.get(f"/admin/users/{alice.id}")
    admin_browser.submit(f"/admin/users/{alice.id}/enable")

    assert sign_in(visit(), alice.name).status_code == 303


def test_role_change_takes_effect_at_the_next_request(admin_browser: AdminBrowser, alice: Person) -> None:
    problem(alice.post("/api/notifications", json={"to": "all", "title": "x"}), 403)
    admin_browser.submit(f"/admin/users/{alice.id}/role", role="sender")

    assert alice.post("/api/notifications", json={"to": alice.address, "title": "x"}).status_code == 201
    assert admin_browser.post(f"/admin/users/{alice.id}/role", role="king").status_code == 422


@pytest.mark.parametrize("action", ["disable", "password", "role"])
def test_admins_cannot_change_their_own_account(people: People, visit: Visit, action: str) -> None:
    me = people.person("admin", "admin")
    answer = AdminBrowser(visit(), me.name).post(f"/admin/users/{me.id}/{action}", sure="yes", once="x", role="user")

    assert answer.status_code == 403
    assert me.sign_in_again().role == "admin"


def test_group_life_cycle(admin_browser: AdminBrowser, alice: Person) -> None:
    there = admin_browser.submit("/admin/groups", name="night-shift")
    assert "No members yet." in admin_browser.get(there)
    admin_browser.submit("/admin/groups/night-shift/members", username=alice.name, manager="yes")
    page = admin_browser.get("/admin/groups/night-shift")
    assert alice.name in page and "Manager" in page and "1 member." in page
    admin_browser.submit("/admin/groups/night-shift/members", username=alice.name)
    assert "Make a manager" in admin_browser.get("/admin/groups/night-shift")
    admin_browser.confirm("/admin/groups/night-shift/remove", username=alice.name)
    assert "0 members." in admin_browser.get("/admin/groups/night-shift")
    admin_browser.confirm("/admin/groups/night-shift/delete")

    assert admin_browser.browser.get("/admin/groups/night-shift").status_code == 404


def test_group_errors_are_shown_at_their_fields(admin_browser: AdminBrowser, staff: str) -> None:
    assert list(field_errors(admin_browser.post("/admin/groups", name=staff))) == ["name"]
    assert list(field_errors(admin_browser.post(f"/admin/groups/{staff}/members", username="nobody-at-all"))) == ["username"]


def test_key_life_cycle(admin_browser: AdminBrowser, alice: Person, people: People) -> None:
    key = admin_browser.secret("/admin/keys", name="farm", scope=["send", "read"], user=alice.name, once="k1")
    assert people.api.get("/api/notifications", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    page = admin_browser.get("/admin/keys")
    assert key not in page and "read, send" in page and alice.name in page
    path = page.partition("/rotate")[0].rpartition('action="')[2]
    assert 'name="sure"' in admin_browser.post(f"{path}/rotate").text
    rotated = admin_browser.secret(f"{path}/rotate", sure="yes", once="k2")
    problem(people.api.get("/api/notifications", headers={"Authorization": f"Bearer {key}"}), 401)
    admin_browser.confirm(f"{path}/revoke")

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
def test_key_errors_are_shown_at_their_fields(admin_browser: AdminBrowser, fields: dict[str, str | list[str]], field: str) -> None:
    assert list(field_errors(admin_browser.post("/admin/keys", once=str(fields), **fields))) == [field]


def test_stream_switch_asks_for_confirmation(admin_browser: AdminBrowser, alice: Person) -> None:
    assert "Streams are on" in admin_browser.get("/admin/connections")
    admin_browser.confirm("/admin/connections/switch", on="no")
    assert 'data-enabled="false"' in admin_browser.get("/admin/connections")
    admin_browser.submit("/admin/connections/switch", on="yes")

    assert 'data-enabled="true"' in admin_browser.get("/admin/connections")


def test_audit_log_shows_actor_action_target_and_address(admin_browser: AdminBrowser, alice: Person) -> None:
    admin_browser.confirm(f"/admin/users/{alice.id}/disable")
    row = admin_browser.get(f"/admin/audit?q={alice.name}&action=user.disabled").partition("<tbody>")[2]

    assert [text for text in (admin_browser.name, "user.disabled", alice.name, "127.0.0.1") if text not in row] == []
    assert "No entry matches." in admin_browser.get("/admin/audit?q=nothing-like-that")


def test_audit_log_names_the_servers_own_machine(admin_browser: AdminBrowser, staff: str) -> None:
    row = admin_browser.get(f"/admin/audit?q={staff}&action=group.created").partition("<tbody>")[2]

    assert "this machine" in row and "local" not in row.partition("</tbody>")[0]


def test_refreshed_request_is_audited_under_its_user(people: People, admin_browser: AdminBrowser, alice: Person) -> None:
    """A request that refreshes an expired token has no caller at first; the log must not name the server instead of the user."""
    admin_browser.browser.cookies.delete("access_token_cookie")
    refresh = admin_browser.browser.cookies["csrf_refresh_token"]
    answer: httpx.Response = admin_browser.browser.post(f"/admin/users/{alice.id}/enable", data={"csrf_token": refresh})
    assert answer.status_code == 303

    assert admin_browser.name in admin_browser.get(f"/admin/audit?q={alice.name}&action=user.enabled").partition("<tbody>")[2]


def test_overview_of_an_empty_day(admin_browser: AdminBrowser) -> None:
    page = admin_browser.get("/admin")

    assert [
        text
        for text in ("Delivered to open streams", "Delivery time, p95", "Errors", "None: every request was answered.")
        if text not in page
    ] == []


@pytest.mark.parametrize("path", ["/admin/users", "/admin/groups", "/admin/keys", "/admin/connections", "/admin/audit", "/admin/sent"])
@pytest.mark.parametrize("query", ["q=%00", "before=-1", "before=9999999999999999999999", "after=\ud7ff", "start=x", "q=" + "x" * 2000])
def test_lists_survive_malformed_queries(admin_browser: AdminBrowser, path: str, query: str) -> None:
    assert admin_browser.browser.get(f"{path}?{query}").status_code == 200
