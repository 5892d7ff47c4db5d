"""The page to sign in: a plain form that leads where one wanted to go, if that is on this site."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest

from tests.addresses import ABSOLUTE, LEAVING, MISLEADING, RELATIVE, RUNNING, STAYING
from tests.cases import short
from tests.people import PASSWORD
from tests.web.conftest import sign_in


class Form(HTMLParser):
    """The values of a page's inputs by name, and all its text."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.inputs: dict[str, str | None] = {}
        self.text = ""
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input":
            self.inputs[given["name"] or ""] = given.get("value")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_asks_for_name_and_password(visitor: httpx.Client) -> None:
    page = visitor.get("/login")

    form = Form(page)
    assert page.status_code == 200
    assert form.inputs.keys() >= {"username", "password"}
    assert [word for word in ("Username", "Password", "Sign in") if word not in form.text] == []


def test_who_signs_in_comes_to_the_notifications(visitor: httpx.Client, alice_name: str) -> None:
    answer = sign_in(visitor, alice_name)

    assert (answer.status_code, answer.headers["location"]) == (303, "/notifications")
    assert visitor.get("/notifications").status_code == 200


@pytest.mark.parametrize("wrong", [("{alice}", "wrong horse"), ("nobody", PASSWORD)], ids=["password", "name"])
def test_who_does_not_know_the_password_may_try_again(visitor: httpx.Client, alice_name: str, wrong: tuple[str, str]) -> None:
    name = wrong[0].format(alice=alice_name)

    answer = sign_in(visitor, name, wrong[1], next="/video/7")

    form = Form(answer)
    assert (answer.status_code, form.inputs["username"], form.inputs["next"]) == (401, name, "/video/7")
    assert "Wrong username or password." in form.text


def test_a_refused_sign_in_leaves_no_cookie_and_no_password(visitor: httpx.Client, alice_name: str) -> None:
    answer = sign_in(visitor, alice_name, "wrong horse")

    assert "set-cookie" not in answer.headers
    assert "wrong horse" not in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"username": "", "password": ""},
        {"username": "alice"},
        {"username": "a\0b", "password": "x"},
        {"username": "x" * 300, "password": "x"},
        {"username": "alice", "password": "x" * 1025},
    ],
    ids=short,
)
def test_what_cannot_be_a_name_and_a_password_is_said_on_the_page(visitor: httpx.Client, fields: dict[str, str]) -> None:
    answer = visitor.post("/login", data=fields)

    assert answer.status_code == 422
    assert "Sign in" in Form(answer).text


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "'\" onfocus=alert(1) x=", "{{7*7}}"])
def test_a_name_comes_back_as_text(visitor: httpx.Client, name: str) -> None:
    answer = sign_in(visitor, name)

    assert Form(answer).inputs["username"] == name
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", STAYING, ids=short)
def test_one_comes_back_to_where_one_wanted_to_go(visitor: httpx.Client, alice_name: str, path: str) -> None:
    asked = Form(visitor.get("/login", params={"next": path})).inputs["next"] or ""

    answer = sign_in(visitor, alice_name, next=asked)

    assert asked == path
    assert httpx.URL("http://here/").join(answer.headers["location"]) == httpx.URL("http://here/").join(path)


def test_one_comes_back_also_by_the_address_that_the_form_was_posted_to(visitor: httpx.Client, alice_name: str) -> None:
    answer = visitor.post("/login?next=/video/7", data={"username": alice_name, "password": PASSWORD})

    assert (answer.status_code, answer.headers["location"]) == (303, "/video/7")


@pytest.mark.parametrize("address", [*RUNNING, *LEAVING, *RELATIVE, *MISLEADING, *ABSOLUTE], ids=short)
def test_one_is_not_led_away(visitor: httpx.Client, alice_name: str, address: str) -> None:
    assert Form(visitor.get("/login", params={"next": address})).inputs["next"] == ""
    assert sign_in(visitor, alice_name, next=address).headers["location"] == "/notifications"
    asked = visitor.post("/login", params={"next": address}, data={"username": alice_name, "password": PASSWORD})
    assert asked.headers["location"] == "/notifications"


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
def test_another_site_cannot_sign_somebody_in(visitor: httpx.Client, alice_name: str, origin: str) -> None:
    answer = visitor.post("/login", data={"username": alice_name, "password": PASSWORD}, headers={"Sec-Fetch-Site": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://localhost.evil", "localhost", ""])
def test_nor_from_a_browser_that_only_names_the_origin(visitor: httpx.Client, alice_name: str, origin: str) -> None:
    answer = visitor.post("/login", data={"username": alice_name, "password": PASSWORD}, headers={"Origin": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_this_site_can_from_such_a_browser_too(visitor: httpx.Client, alice_name: str) -> None:
    answer = visitor.post(
        "/login", data={"username": alice_name, "password": PASSWORD}, headers={"Origin": str(visitor.base_url).rstrip("/")}
    )

    assert answer.status_code == 303


@pytest.mark.parametrize("origin", ["same-origin", "none"])
def test_this_site_and_the_address_bar_can(visitor: httpx.Client, alice_name: str, origin: str) -> None:
    answer = visitor.post("/login", data={"username": alice_name, "password": PASSWORD}, headers={"Sec-Fetch-Site": origin})

    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/notifications", "/"])
def test_who_opens_a_page_unsigned_comes_back_to_it(visitor: httpx.Client, alice_name: str, path: str) -> None:
    visitor.follow_redirects = True

    form = Form(visitor.get(path))

    assert form.inputs["next"] == "/notifications"


def test_an_address_with_a_query_is_come_back_to_whole(visitor: httpx.Client) -> None:
    answer = visitor.get("/notifications?status=read&q=a%26b")

    assert Form(visitor.get(answer.headers["location"])).inputs["next"] == "/notifications?status=read&q=a%26b"


def test_a_form_too_large_is_refused(visitor: httpx.Client) -> None:
    assert visitor.post("/login", data={"username": "x" * 70_000, "password": "x"}).status_code == 413
