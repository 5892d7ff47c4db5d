"""What a reader does on a page works as a plain form, which leads back to where it was, and by the page's script."""

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
from tests.web.conftest import URL, Visit, csrf, sign_in, submit
from tests.web.markup import Element, read

DEEDS = {"read": "read", "unread": "unread", "archive": "archived", "delete": None}
FORMS = ["/notifications/{id}/read", "/notifications/{id}/delete", "/notifications/read-all", "/notifications/clear", "/notifications/undo"]


@pytest.fixture
def unread(dana: Person, alice_name: str) -> str:
    """The id of a notification of alice's."""
    id: str = dana.send(f"user:{alice_name}", title="hers")["id"]
    return id


def status(browser: httpx.Client, id: str) -> str | None:
    answer = browser.get(f"/api/notifications/{id}")
    return str(answer.json()["status"]) if answer.status_code == 200 else None


def undo_of(page: httpx.Response) -> Element | None:
    """The button that takes back what was done last."""
    return next(iter(read(page.text).all("button", formaction="/notifications/undo")), None)


@pytest.mark.parametrize("by_script", [False, True])
@pytest.mark.parametrize("deed", DEEDS)
def test_one_is_changed(alices_browser: httpx.Client, unread: str, deed: str, by_script: bool) -> None:
    if deed == "unread":
        submit(alices_browser, f"/notifications/{unread}/read")

    answer = submit(alices_browser, f"/notifications/{unread}/{deed}", by_script=by_script)

    assert answer.status_code == (200 if by_script else 303)
    assert status(alices_browser, unread) == DEEDS[deed]


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
def test_a_plain_form_leads_back_to_its_page(alices_browser: httpx.Client, unread: str, referrer: str, location: str) -> None:
    headers = {"Referer": referrer} if referrer else {}

    answer = alices_browser.post(f"/notifications/{unread}/read", data={"csrf_token": csrf(alices_browser)}, headers=headers)

    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_a_script_is_told_up_to_which_change_it_has_to_wait(alices_browser: httpx.Client, unread: str) -> None:
    answer = submit(alices_browser, f"/notifications/{unread}/read", by_script=True)

    assert answer.headers["last-event-id"].endswith("-2")
    assert read(answer.text).one("hx-partial").attributes["hx-target"] == ".undo"


def test_all_are_marked_and_cleared_and_put_back(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    ids = [dana.send(f"user:{alice_name}")["id"] for _ in range(3)]

    submit(alices_browser, "/notifications/read-all")
    assert [status(alices_browser, id) for id in ids] == ["read"] * 3
    submit(alices_browser, "/notifications/clear")
    assert [status(alices_browser, id) for id in ids] == [None] * 3

    page = alices_browser.get("/settings")
    button = undo_of(page)
    assert button is not None and "3 notifications deleted." in page.text
    submit(alices_browser, "/notifications/undo", seq=button.attributes["value"])
    assert [status(alices_browser, id) for id in ids] == ["read"] * 3


def test_what_came_after_the_page_is_not_touched(dana: Person, alices_browser: httpx.Client, alice_name: str, unread: str) -> None:
    through = read(alices_browser.get("/settings").text).one(id="through").attributes["value"]
    later = dana.send(f"user:{alice_name}")["id"]

    submit(alices_browser, "/notifications/read-all", through=through)
    submit(alices_browser, "/notifications/clear", through=through)

    assert (status(alices_browser, unread), status(alices_browser, later)) == (None, "unread")


@pytest.mark.parametrize(("deed", "offered"), [("read", False), ("archive", True), ("delete", True)])
def test_what_one_click_takes_back_is_not_offered_to_be_undone(alices_browser: httpx.Client, unread: str, deed: str, offered: bool) -> None:
    told = submit(alices_browser, f"/notifications/{unread}/{deed}", by_script=True)

    assert (undo_of(told) is not None) == offered
    assert (undo_of(alices_browser.get("/notifications")) is not None) == offered


def test_after_a_minute_nothing_is_offered_to_be_undone(people: People, alices_browser: httpx.Client, unread: str) -> None:
    told = submit(alices_browser, f"/notifications/{unread}/delete", by_script=True)
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(Notification).values(changed_at=now() - timedelta(seconds=61)))

    button = undo_of(told)
    assert button is not None
    assert undo_of(alices_browser.get("/notifications")) is None
    refused = submit(alices_browser, "/notifications/undo", seq=button.attributes["value"])
    assert refused.status_code == 409


def test_a_refusal_is_told_by_a_toast(alices_browser: httpx.Client) -> None:
    answer = submit(alices_browser, "/notifications/undo", by_script=True, seq="1")

    toast = read(answer.text).one("hx-partial", hx_target="#toasts").one(class_="toast")
    assert answer.status_code == 409
    assert "There is nothing to undo" in toast.text


@pytest.mark.parametrize("path", FORMS)
def test_without_the_token_nothing_is_done(alices_browser: httpx.Client, unread: str, path: str) -> None:
    answer = alices_browser.post(path.format(id=unread), data={"seq": "1"}, headers={"Accept": "text/html"})

    assert answer.status_code == 403
    assert status(alices_browser, unread) == "unread"


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", FORMS)
def test_another_site_does_nothing_even_with_the_token(alices_browser: httpx.Client, unread: str, path: str, origin: str) -> None:
    form = {"csrf_token": csrf(alices_browser), "seq": "1"}

    answer = alices_browser.post(path.format(id=unread), data=form, headers={"Sec-Fetch-Site": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert status(alices_browser, unread) == "unread"


@pytest.mark.parametrize("deed", DEEDS)
def test_another_s_is_as_if_it_was_not_there(people: People, visit: Visit, unread: str, deed: str) -> None:
    carols = visit()
    sign_in(carols, people.account("carol"))

    answers = [submit(carols, f"/notifications/{id}/{deed}") for id in (unread, "0190a1b2-0000-7000-8000-000000000000")]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("path", [*FORMS, "/notifications/seen", "/logout", "/settings", "/settings/password"])
def test_what_changes_something_is_no_link(alices_browser: httpx.Client, unread: str, path: str) -> None:
    answer = alices_browser.get(path.format(id=unread))

    assert answer.status_code == (200 if path == "/settings" else 405)
    assert status(alices_browser, unread) == "unread"


@pytest.mark.parametrize("fields", [{"seq": "x"}, {"seq": "-1"}, {"seq": "1e3"}, {"seq": str(2**70)}, {"seq": "1", "through": "x"}])
def test_numbers_are_numbers(alices_browser: httpx.Client, fields: dict[str, Any]) -> None:
    assert submit(alices_browser, "/notifications/undo", **fields).status_code == 422


def test_who_is_signed_out_is_sent_to_sign_in_and_comes_back(visitor: httpx.Client, unread: str) -> None:
    headers = {"Accept": "text/html", "Referer": f"{URL}/notifications?status=unread"}

    plain = visitor.post(f"/notifications/{unread}/read", headers=headers)
    script = visitor.post(f"/notifications/{unread}/read", headers=headers | {"HX-Request": "true"})

    there = "/login?next=/notifications?status%3Dunread"
    assert (plain.status_code, plain.headers["location"]) == (303, there)
    assert (script.status_code, script.headers["hx-redirect"]) == (401, there)
