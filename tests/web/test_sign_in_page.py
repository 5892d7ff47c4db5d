"""The sign-in page: a plain form that redirects to `next` if that is a path of this site."""

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


def test_sign_in_page_has_username_and_password(visitor: httpx.Client) -> None:
    page = visitor.get("/login")

    form = Form(page)
    assert page.status_code == 200
    assert form.inputs.keys() >= {"username", "password"}
    assert [word for word in ("Username", "Password", "Sign in") if word not in form.text] == []


def test_sign_in_redirects_to_notifications(visitor: httpx.Client, alice_name: str) -> None:
    answer = sign_in(visitor, alice_name)

    assert (answer.status_code, answer.headers["location"]) == (303, "/notifications")
    assert visitor.get("/notifications").status_code == 200


@pytest.mark.parametrize("wrong", [("{alice}", "wrong horse"), ("nobody", PASSWORD)], ids=["password", "name"])
def test_wrong_credentials_show_the_form_again(visitor: httpx.Client, alice_name: str, wrong: tuple[str, str]) -> None:
    name = wrong[0].format(alice=alice_name)

    answer = sign_in(visitor, name, wrong[1], next="/video/7")

    form = Form(answer)
    assert (answer.status_code, form.inputs["username"], form.inputs["next"]) == (401, name, "/video/7")
    assert "Wrong username or password." in form.text


def test_failed_sign_in_sets_no_cookie_and_echoes_no_password(visitor: httpx.Client, alice_name: str) -> None:
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
def test_malformed_credentials_return_422_page(visitor: httpx.Client, fields: dict[str, str]) -> None:
    answer = visitor.post("/login", data=fields)

    assert answer.status_code == 422
    assert "Sign in" in Form(answer).text


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "'\" onfocus=alert(1) x=", "{{7*7}}"])
@pytest.mark.security("S5")
def test_markup_in_username_is_escaped(visitor: httpx.Client, name: str) -> None:
    answer = sign_in(visitor, name)

    assert Form(answer).inputs["username"] == name
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", STAYING, ids=short)
def test_sign_in_redirects_to_next_path(visitor: httpx.Client, alice_name: str, path: str) -> None:
    asked = Form(visitor.get("/login", params={"next": path})).inputs["next"] or ""

    answer = sign_in(visitor, alice_name, next=asked)

    assert asked == path
    assert httpx.URL("http://here/").join(answer.headers["location"]) == httpx.URL("http://here/").join(path)


def test_next_in_the_posted_url_is_used(visitor: httpx.Client, alice_name: str) -> None:
    answer = visitor.post("/login?next=/video/7", data={"username": alice_name, "password": PASSWORD})

    assert (answer.status_code, answer.headers["location"]) == (303, "/video/7")


@pytest.mark.parametrize("address", [*RUNNING, *LEAVING, *RELATIVE, *MISLEADING, *ABSOLUTE], ids=short)
@pytest.mark.security("S10")
def test_next_rejects_external_urls(visitor: httpx.Client, alice_name: str, address: str) -> None:
    assert Form(visitor.get("/login", params={"next": address})).inputs["next"] == ""
    assert sign_in(visitor, alice_name, next=address).headers["location"] == "/notifications"
    asked = visitor.post("/login", params={"next": address}, data={"username": alice_name, "password": PASSWORD})
    assert asked.headers["location"] == "/notifications"


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
@pytest.mark.security("S29")
def test_sign_in_from_another_site_returns_403(visitor: httpx.Client, alice_name: str, origin: str) -> None:
    answer = visitor.post("/login", data={"username": alice_name, "password": PASSWORD}, headers={"Sec-Fetch-Site": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://localhost.evil", "localhost", ""])
def test_sign_in_with_foreign_origin_header_returns_403(visitor: httpx.Client, alice_name: str, origin: str) -> None:
    answer = visitor.post("/login", data={"username": alice_name, "password": PASSWORD}, headers={"Origin": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_sign_in_with_own_origin_header_succeeds(visitor: httpx.Client, alice_name: str) -> None:
    answer = visitor.post(
        "/login", data={"username": alice_name, "password": PASSWORD}, headers={"Origin": str(visitor.base_url).rstrip("/")}
    )

    assert answer.status_code == 303


@pytest.mark.parametrize("origin", ["same-origin", "none"])
def test_sign_in_from_own_page_or_address_bar_succeeds(visitor: httpx.Client, alice_name: str, origin: str) -> None:
    answer = visitor.post("/login", data={"username": alice_name, "password": PASSWORD}, headers={"Sec-Fetch-Site": origin})

    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/notifications", "/"])
def test_signed_out_page_redirects_with_next(visitor: httpx.Client, alice_name: str, path: str) -> None:
    visitor.follow_redirects = True

    form = Form(visitor.get(path))

    assert form.inputs["next"] == "/notifications"


def test_next_keeps_the_query(visitor: httpx.Client) -> None:
    answer = visitor.get("/notifications?status=read&q=a%26b")

    assert Form(visitor.get(answer.headers["location"])).inputs["next"] == "/notifications?status=read&q=a%26b"


def test_form_over_64_kib_returns_413(visitor: httpx.Client) -> None:
    assert visitor.post("/login", data={"username": "x" * 70_000, "password": "x"}).status_code == 413


@pytest.mark.parametrize(
    ("url", "headers", "explained"),
    [
        ("http://192.0.2.7", {}, True),
        ("https://192.0.2.7", {}, False),
        ("http://192.0.2.7", {"X-Forwarded-Proto": "https"}, False),
        ("http://127.0.0.1", {}, False),
        ("http://localhost", {}, False),
    ],
)
def test_sign_in_page_explains_that_it_needs_https(visitor: httpx.Client, url: str, headers: dict[str, str], explained: bool) -> None:
    page = visitor.get(f"{url}/login", headers=headers)

    assert ("Signing in needs HTTPS" in page.text) is explained
