"""Items of docs/security.md that need a few lines each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import render_template_string

import notifier
from notifier.services.accounts import users
from tests.api_client import Api, problem
from tests.databases import Databases
from tests.people import People, people_in_process
from tests.security.items import ROOT
from tests.waiting import eventually

PACKAGE = Path(notifier.__file__).parent


@pytest.mark.security("S2")
def test_no_stream_splits_text_at_other_characters_than_line_ends() -> None:
    """`str.splitlines` also splits at form feeds, U+0085 and U+2028."""
    writers = [*(PACKAGE / "realtime").rglob("*.py"), *(PACKAGE / "web/events").rglob("*.py")]

    assert [path.name for path in writers if ".splitlines(" in path.read_text().replace("str.splitlines", "")] == []


@pytest.mark.security("S7")
def test_json_in_a_page_cannot_end_its_element(people: People) -> None:
    hostile = "</script><script>'\"&\u2028"
    with people.app.test_request_context():
        in_element = render_template_string("{{ value|tojson }}", value=hostile)
        in_attribute = render_template_string('<p data-value="{{ value|tojson|forceescape }}">', value=hostile)

    assert not set("<>&'") & set(in_element) and "\u2028" not in in_element
    assert json.loads(in_element) == hostile
    assert in_attribute.count('"') == 2 and "<script" not in in_attribute


@pytest.mark.security("S11")
@pytest.mark.parametrize("text", ["{{config}}", "{% for x in [].__class__.__mro__ %}", "{{7*7}}", "${7*7}", "#{7*7}"])
def test_template_syntax_is_text(people: People, text: str) -> None:
    dana, alice = people.person("dana", "sender"), people.person("alice")
    dana.send(alice, title=text, message=text)

    assert alice.get("/api/notifications").json()[0]["title"] == text
    page = alice.get("/notifications", headers={"Accept": "text/html"}).text
    assert text in page and "SECRET_KEY" not in page


@pytest.mark.security("S15")
def test_names_of_others_in_a_request_are_ignored(people: People) -> None:
    alice, bob, dana = people.person("alice"), people.person("bob"), people.person("dana", "sender")
    dana.send(bob)

    for path in ("/api/notifications", "/api/notifications/unread-count", "/notifications"):
        for query in (f"user_id={bob.id}", f"user={bob.name}", f"channel=user:{bob.id}"):
            answer = alice.get(f"{path}?{query}", headers={"X-User": bob.name, "X-User-Id": bob.id, "Remote-User": bob.name})
            assert "Hello" not in answer.text, f"{path}?{query}"


@pytest.mark.security("S19")
@pytest.mark.parametrize("query", ["limit=1&limit=2", "status=read&status=unread", "before=9&before=8"])
def test_parameter_that_is_given_twice_is_refused(people: People, query: str) -> None:
    problem(people.person("alice").get(f"/api/notifications?{query}"), 422, field=query.partition("=")[0])


@pytest.mark.security("S28")
def test_requests_by_cookie_from_other_sites_are_refused(people: People) -> None:
    alice = people.person("alice")
    cookie = {"Cookie": f"access_token_cookie={alice.token}"}

    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}):
        problem(people.api.get("/stream", headers=cookie | foreign), 403, "csrf_failed")
        problem(people.api.post("/api/notifications/read-all", headers=cookie | foreign), 403, "csrf_failed")


@pytest.mark.security("S30")
def test_sign_out_by_get_is_refused(people: People) -> None:
    alice = people.person("alice")

    for path in ("/logout", "/api/auth/logout"):
        assert alice.get(path).status_code == 405
    assert alice.get("/api/notifications").status_code == 200


@pytest.mark.security("S41")
def test_a_new_installation_has_no_users(databases: Databases) -> None:
    with databases.fresh() as url, people_in_process(url) as people, people.elsewhere():
        assert users.count() == 0


@pytest.mark.security("S49")
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "[::1"])
def test_host_of_the_request_is_in_no_answer(api: Api, host: str) -> None:
    for path in ("/", "/notifications", "/login", "/api/notifications", "/nothing"):
        answer = api.get(path, headers={"Host": host, "Accept": "text/html"})
        shown = answer.text + answer.headers.get("location", "") + answer.headers.get("link", "")
        assert answer.status_code < 500 and "evil" not in shown, path


@pytest.mark.security("S59")
def test_every_dependency_is_pinned_by_hash() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        pins = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
        assert [pin.partition(" ")[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


@pytest.mark.security("S62")
def test_cursor_does_not_move_with_other_users(people: People) -> None:
    alice, bob, dana = people.person("alice"), people.person("bob"), people.person("dana", "sender")
    before = alice.get("/api/notifications/unread-count").json()["seq"]
    for _ in range(3):
        dana.send(bob)

    eventually(lambda: bob.get("/api/notifications/unread-count").json()["seq"] == 3)
    assert alice.get("/api/notifications/unread-count").json()["seq"] == before == 0
