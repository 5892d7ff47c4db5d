"""What answers give away: tokens, metrics, headers, errors."""

from __future__ import annotations

import html
import json

import httpx
import pytest

from tests.api_client import Api, Person, problem
from tests.people import PASSWORD, People

HTTPS = "https://notifier.example"


def browser(people: People, url: str) -> httpx.Client:
    return httpx.Client(base_url=url, transport=httpx.WSGITransport(people.app))


def names(answer: httpx.Response) -> list[str]:
    return [header.partition("=")[0] for header in answer.headers.get_list("set-cookie")]


def sign_in(visitor: httpx.Client, name: str) -> httpx.Response:
    return visitor.post("/login", data={"username": name, "password": PASSWORD})


@pytest.mark.security("S26")
@pytest.mark.parametrize(("url", "prefixed"), [(HTTPS, True), ("https://localhost", True), ("http://localhost:8000", False)])
def test_secure_cookies_belong_to_the_host_alone(people: People, url: str, prefixed: bool) -> None:
    with browser(people, url) as visitor:
        set_ = sign_in(visitor, people.account("alice"))
        assert [name.startswith("__Host-") for name in names(set_)] == [prefixed] * 4
        assert visitor.get("/notifications").status_code == 200


@pytest.mark.security("S26", "S32")
def test_cookies_planted_by_another_host_of_the_domain_do_not_count(people: People) -> None:
    mallory: Person = people.person("mallory")
    planted = {"Cookie": f"access_token_cookie={mallory.token}; refresh_token_cookie={mallory.refresh_token}"}
    with browser(people, HTTPS) as visitor:
        assert visitor.get("/notifications", headers=planted).status_code == 303
        problem(visitor.get("/api/notifications", headers=planted), 401, "token_missing")
        sign_in(visitor, people.account("alice"))
        own = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        page = visitor.get("/notifications", headers={"Cookie": f"{planted['Cookie']}; {own}"})
    assert page.status_code == 200 and mallory.name not in page.text


@pytest.mark.security("S26")
def test_refresh_by_cookie_answers_no_token(people: People) -> None:
    with browser(people, HTTPS) as visitor:
        sign_in(visitor, people.account("alice"))
        csrf = visitor.cookies["__Host-csrf_refresh_token"]
        before = visitor.cookies["__Host-access_token_cookie"]

        answer = visitor.post("/api/auth/refresh", headers={"X-CSRF-TOKEN": csrf})

        assert answer.status_code == 200
        assert answer.json().keys() == {"expires_in", "user"}
        assert visitor.cookies["__Host-access_token_cookie"] != before
        assert visitor.get("/api/notifications").status_code == 200
    assert "eyJ" not in answer.text


@pytest.mark.security("S33", "S52")
def test_sign_out_clears_what_the_browser_has_cached(people: People) -> None:
    with browser(people, HTTPS) as visitor:
        sign_in(visitor, people.account("alice"))
        answer = visitor.post("/logout", data={"csrf_token": visitor.cookies["__Host-csrf_access_token"]})

    assert answer.headers["clear-site-data"] == '"cache"'


@pytest.mark.security("S51")
def test_pages_of_other_sites_cannot_embed_or_script_ours(api: Api) -> None:
    for path in ("/login", "/api/notifications", "/nothing", "/healthz"):
        headers = api.get(path).headers
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin", path
    assert "cross-origin-resource-policy" not in api.get("/static/css/base.css").headers


@pytest.mark.security("S57")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "["},
        *({name: "203.0.113.1"} for name in ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")),
    ],
    ids=str,
)
def test_metrics_are_for_programs_of_this_machine(api: Api, headers: dict[str, str]) -> None:
    assert api.get("/metrics").status_code == 200
    assert api.get("/metrics", headers=headers).status_code in (400, 404)


@pytest.mark.security("S45", "S53")
def test_errors_name_twenty_fields_and_count_the_rest(people: People) -> None:
    dana = people.person("dana", "sender")
    body = {f"unknown-{number}": 1 for number in range(3000)} | {"title": "Hello", "to": "all"}

    answer = dana.post("/api/notifications", json=body)

    found = problem(answer, 422)
    assert len(found["errors"]) == 20 and found["detail"].endswith("and 2980 more")
    assert len(answer.content) < 5000 < len(json.dumps(body))


@pytest.mark.security("S45")
def test_errors_repeat_the_beginning_of_a_long_name_only(people: People) -> None:
    dana = people.person("dana", "sender")

    for to in ("user:" + "\u0301" * 20_000, ["group:" + "x" * 60_000], [f"user:{number}" for number in range(1000)]):
        answer = dana.post("/api/notifications", json={"to": to, "title": "Hello"})
        problem(answer, 422)
        assert len(answer.content) < 5000


@pytest.mark.security("S49")
def test_documentation_shows_the_address_it_was_asked_at(people: People) -> None:
    for url in ("https://one.example", "http://two.example:8080"):
        with browser(people, url) as visitor:
            assert f"{url}/api/" in html.unescape(visitor.get("/apidoc/").text)
    with browser(people, "http://localhost") as visitor:
        page = visitor.get("/apidoc/", headers={"Host": "evil.example';id"})
    assert "evil" not in page.text
