"""Actions on the inbox as plain forms, which redirect back to their page, and as htmx requests, which get partials."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from notifier import database
from notifier.models import Notification
from notifier.models.columns import now
from tests.api_client import Person
from tests.people import People
from tests.web.conftest import URL, Visit, csrf, sign_in, submit, submit_by_htmx
from tests.web.markup import Element, read

ACTIONS = {"read": "read", "unread": "unread", "archive": "archived", "delete": None}
FORMS = [
    "/notifications/selected/delete",
    "/notifications/{id}/read",
    "/notifications/{id}/delete",
    "/notifications/read-all",
    "/notifications/clear",
    "/notifications/undo",
]


@pytest.fixture
def unread(dana: Person, alice_name: str) -> str:
    """The id of an unread notification of alice."""
    id: str = dana.send(f"user:{alice_name}", title="hers")["id"]
    return id


def status(browser: httpx.Client, id: str) -> str | None:
    answer = browser.get(f"/api/notifications/{id}")
    return str(answer.json()["status"]) if answer.status_code == 200 else None


def undo_button(page: httpx.Response) -> Element | None:
    """The button that undoes the last operation, if there is one."""
    return next(iter(read(page.text).all("button", formaction="/notifications/undo")), None)


@pytest.mark.parametrize("by_htmx", [False, True])
@pytest.mark.parametrize("action", ACTIONS)
def test_action_changes_the_status(alices_browser: httpx.Client, unread: str, action: str, by_htmx: bool) -> None:
    if action == "unread":
        submit(alices_browser, f"/notifications/{unread}/read")

    answer = (submit_by_htmx if by_htmx else submit)(alices_browser, f"/notifications/{unread}/{action}")

    assert answer.status_code == (200 if by_htmx else 303)
    assert status(alices_browser, unread) == ACTIONS[action]


@pytest.mark.parametrize(
    ("referrer", "location"),
    [
        (f"{URL}/notifications?status=unread", "/notifications?status=unread"),
        (f"{URL}/settings", "/settings"),
        ("http://evil.example/x", "/notifications"),
        (f"{URL}//evil.example/", "/notifications"),
        ("", "/notifications"),
    ],
)
def test_plain_form_redirects_to_its_page(alices_browser: httpx.Client, unread: str, referrer: str, location: str) -> None:
    headers = {"Referer": referrer} if referrer else {}

    answer = alices_browser.post(f"/notifications/{unread}/read", data={"csrf_token": csrf(alices_browser)}, headers=headers)

    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_answer_to_htmx_carries_the_cursor_of_the_change(alices_browser: httpx.Client, unread: str) -> None:
    answer = submit_by_htmx(alices_browser, f"/notifications/{unread}/read")

    assert answer.headers["last-event-id"].endswith("-2")
    assert read(answer.text).one("hx-partial").attributes["hx-target"] == ".undo"


def test_read_all_clear_and_undo(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    ids = [dana.send(f"user:{alice_name}")["id"] for _ in range(3)]

    submit(alices_browser, "/notifications/read-all")
    assert [status(alices_browser, id) for id in ids] == ["read"] * 3
    submit(alices_browser, "/notifications/clear")
    assert [status(alices_browser, id) for id in ids] == [None] * 3

    page = alices_browser.get("/settings")
    button = undo_button(page)
    assert button is not None and "3 notifications deleted." in page.text
    submit(alices_browser, "/notifications/undo", seq=button.attributes["value"])
    assert [status(alices_browser, id) for id in ids] == ["read"] * 3


def test_selected_notifications_change_in_one_operation(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    ids = [dana.send(f"user:{alice_name}")["id"] for _ in range(4)]
    elsewhere = dana.send(dana.address)["id"]

    answer = submit_by_htmx(alices_browser, "/notifications/selected/archive", id=[ids[0], ids[2], elsewhere])

    assert [status(alices_browser, id) for id in ids] == ["archived", "unread", "archived", "unread"]
    assert dana.get(f"/api/notifications/{elsewhere}").json()["status"] == "unread"
    assert "2 notifications archived." in answer.text
    button = undo_button(answer)
    assert button is not None
    submit(alices_browser, "/notifications/undo", seq=button.attributes["value"])
    assert [status(alices_browser, id) for id in ids] == ["unread"] * 4


@pytest.mark.parametrize("ids", [[], ["x"], ["0190a1b2-0000-7000-8000-000000000000"] * 501])
def test_malformed_selection_returns_422(alices_browser: httpx.Client, unread: str, ids: list[str]) -> None:
    assert submit(alices_browser, "/notifications/selected/delete", id=ids).status_code == 422
    assert status(alices_browser, unread) == "unread"


def test_bulk_actions_skip_notifications_newer_than_the_page(
    dana: Person, alices_browser: httpx.Client, alice_name: str, unread: str
) -> None:
    through = read(alices_browser.get("/settings").text).one(id="through").attributes["value"]
    later = dana.send(f"user:{alice_name}")["id"]

    submit(alices_browser, "/notifications/read-all", through=through)
    submit(alices_browser, "/notifications/clear", through=through)

    assert (status(alices_browser, unread), status(alices_browser, later)) == (None, "unread")


@pytest.mark.parametrize(("action", "offered"), [("read", False), ("archive", True), ("delete", True)])
def test_undo_is_offered_only_for_actions_without_an_inverse_button(
    alices_browser: httpx.Client, unread: str, action: str, offered: bool
) -> None:
    answer = submit_by_htmx(alices_browser, f"/notifications/{unread}/{action}")

    assert (undo_button(answer) is not None) == offered
    assert (undo_button(alices_browser.get("/notifications")) is not None) == offered


def test_undo_is_refused_after_a_minute(people: People, alices_browser: httpx.Client, unread: str) -> None:
    answer = submit_by_htmx(alices_browser, f"/notifications/{unread}/delete")
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(Notification).values(changed_at=now() - timedelta(seconds=61)))

    button = undo_button(answer)
    assert button is not None
    assert undo_button(alices_browser.get("/notifications")) is None
    refused = submit(alices_browser, "/notifications/undo", seq=button.attributes["value"])
    assert refused.status_code == 409


def test_error_of_an_htmx_form_is_a_toast(alices_browser: httpx.Client) -> None:
    answer = submit_by_htmx(alices_browser, "/notifications/undo", seq="1")

    toast = read(answer.text).one("hx-partial", hx_target="#toasts").one(class_="toast")
    assert answer.status_code == 409
    assert "There is nothing to undo" in toast.text


@pytest.mark.parametrize("path", FORMS)
def test_form_without_csrf_token_returns_403(alices_browser: httpx.Client, unread: str, path: str) -> None:
    answer = alices_browser.post(path.format(id=unread), data={"seq": "1"}, headers={"Accept": "text/html"})

    assert answer.status_code == 403
    assert status(alices_browser, unread) == "unread"


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", FORMS)
def test_form_from_another_site_returns_403_even_with_token(alices_browser: httpx.Client, unread: str, path: str, origin: str) -> None:
    form = {"csrf_token": csrf(alices_browser), "seq": "1"}

    answer = alices_browser.post(path.format(id=unread), data=form, headers={"Sec-Fetch-Site": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert status(alices_browser, unread) == "unread"


@pytest.mark.parametrize("action", ACTIONS)
def test_notification_of_another_user_returns_404(people: People, visit: Visit, unread: str, action: str) -> None:
    carols = visit()
    sign_in(carols, people.account("carol"))

    answers = [submit(carols, f"/notifications/{id}/{action}") for id in (unread, "0190a1b2-0000-7000-8000-000000000000")]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("path", [*FORMS, "/notifications/seen", "/logout", "/settings", "/settings/password"])
def test_get_never_changes_anything(alices_browser: httpx.Client, unread: str, path: str) -> None:
    answer = alices_browser.get(path.format(id=unread))

    assert answer.status_code == (200 if path == "/settings" else 405)
    assert status(alices_browser, unread) == "unread"


@pytest.mark.parametrize("fields", [{"seq": "x"}, {"seq": "-1"}, {"seq": "1e3"}, {"seq": str(2**70)}, {"seq": "1", "through": "x"}])
def test_malformed_numbers_return_422(alices_browser: httpx.Client, fields: dict[str, Any]) -> None:
    assert submit(alices_browser, "/notifications/undo", **fields).status_code == 422


def test_signed_out_form_redirects_to_sign_in_with_return_path(visitor: httpx.Client, unread: str) -> None:
    headers = {"Accept": "text/html", "Referer": f"{URL}/notifications?status=unread"}

    plain = visitor.post(f"/notifications/{unread}/read", headers=headers)
    script = visitor.post(f"/notifications/{unread}/read", headers=headers | {"HX-Request": "true"})

    there = "/login?next=/notifications?status%3Dunread"
    assert (plain.status_code, plain.headers["location"]) == (303, there)
    assert (script.status_code, script.headers["hx-redirect"]) == (401, there)
