"""The settings page: each setting is saved, shown and validated."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.people import PASSWORD, People
from tests.web.conftest import Visit, sign_in, submit
from tests.web.markup import read

NEW = "another horse, another battery"


def saved(browser: httpx.Client) -> tuple[str, str, str]:
    page = read(browser.get("/settings").text)
    body = page.one("body").attributes
    return body["data-sound"], page.one("html").attributes["data-theme"], body["data-time-zone"]


def test_defaults_are_no_sound_and_device_theme(alices_browser: httpx.Client) -> None:
    assert saved(alices_browser) == ("off", "auto", "")


def test_settings_are_saved_and_shown(alices_browser: httpx.Client) -> None:
    answer = submit(alices_browser, "/settings", sound="on", theme="dark", time_zone="Europe/Berlin")

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?done=saved")
    assert saved(alices_browser) == ("on", "dark", "Europe/Berlin")
    page = read(alices_browser.get("/settings?done=saved").text)
    assert "checked" in page.one("input", name="sound").attributes
    selected = [option.text for option in page.all("option") if "selected" in option.attributes]
    assert selected == ["Dark", "Europe/Berlin"]
    assert page.one("p", class_="done").text == "Saved."

    submit(alices_browser, "/settings", theme="auto", time_zone="")
    assert saved(alices_browser) == ("off", "auto", "")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"theme": "pink", "time_zone": ""}, "theme-wrong"),
        ({"theme": "auto", "time_zone": "Mars/Olympus"}, "time_zone-wrong"),
        ({"theme": "auto", "time_zone": "../../etc/passwd"}, "time_zone-wrong"),
    ],
)
def test_invalid_setting_is_shown_at_its_field(alices_browser: httpx.Client, fields: dict[str, Any], wrong: str) -> None:
    answer = submit(alices_browser, "/settings", **fields)

    assert answer.status_code == 422
    assert read(answer.text).one(id=wrong).text
    assert saved(alices_browser) == ("off", "auto", "")


def test_password_change_by_cookie_over_the_api_keeps_the_browser_signed_in(alices_browser: httpx.Client) -> None:
    """By new cookies, which no script can read."""
    headers = {"X-CSRF-TOKEN": alices_browser.cookies["csrf_access_token"]}
    body = {"old": PASSWORD, "new": "another horse entirely"}

    answer = alices_browser.post("/api/auth/password", json=body, headers=headers)

    assert answer.status_code == 200
    assert answer.json().keys() == {"expires_in", "user"}
    assert alices_browser.get("/api/notifications").status_code == 200


def test_password_change_ends_all_other_sign_ins(visit: Visit, alices_browser: httpx.Client, alice_name: str) -> None:
    phone = visit()
    sign_in(phone, alice_name)

    answer = submit(alices_browser, "/settings/password", old=PASSWORD, new=NEW)

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?done=password")
    assert "All other devices were signed out" in alices_browser.get("/settings?done=password").text
    assert phone.get("/settings").headers["location"] == "/login?next=/settings"
    assert sign_in(visit(), alice_name, PASSWORD).status_code == 401
    assert sign_in(visit(), alice_name, NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [("wrong horse", NEW, "old-wrong"), (PASSWORD, "short", "new-wrong"), (PASSWORD, "", "new-wrong"), ("", NEW, "old-wrong")],
)
def test_invalid_password_is_shown_at_its_field(
    visit: Visit, alices_browser: httpx.Client, alice_name: str, old: str, new: str, wrong: str
) -> None:
    answer = submit(alices_browser, "/settings/password", old=old, new=new)

    assert answer.status_code == 422
    assert read(answer.text).one(id=wrong).text
    assert sign_in(visit(), alice_name, PASSWORD).status_code == 303


@pytest.mark.parametrize("path", ["/settings", "/settings/password"])
def test_settings_without_csrf_token_return_403(alices_browser: httpx.Client, path: str) -> None:
    answer = alices_browser.post(path, data={"theme": "dark", "time_zone": "", "old": PASSWORD, "new": NEW})

    assert answer.status_code == 403
    assert saved(alices_browser) == ("off", "auto", "")


def test_settings_of_other_users_do_not_change(people: People, visit: Visit, alices_browser: httpx.Client) -> None:
    carols = visit()
    sign_in(carols, people.account("carol"))

    submit(carols, "/settings", theme="dark", time_zone="", user_id="1", role="admin")

    assert saved(alices_browser)[1] == "auto"
