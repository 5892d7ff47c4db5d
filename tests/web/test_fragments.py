"""Partials that a page's scripts request beside the stream: by cookie only, each answer with its cursor."""

from __future__ import annotations

import httpx
import pytest

from tests.api_client import Person
from tests.people import People
from tests.web.conftest import Visit, sign_in, submit
from tests.web.markup import read
from tests.web.tab import Parts

PATHS = ["/poll", "/fragments/inbox", "/fragments/inbox?history=1"]


def cursor(browser: httpx.Client) -> str:
    return read(browser.get("/settings").text).one(id="stream").attributes["data-cursor"]


def targets(answer: httpx.Response) -> set[str]:
    return {part.target for part in Parts(answer.text).parts}


def test_poll_returns_changes_after_the_cursor_then_204(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    before = cursor(alices_browser)
    dana.send(f"user:{alice_name}", title="news", type="success")

    answer = alices_browser.get("/poll", params={"after": before})

    parts = Parts(answer.text)
    assert answer.status_code == 200
    assert parts.title == "(1) Notifications · notifier"
    assert {"#bell", "#inbox-list", "#history-new", "#toasts", "#sound-trigger"} <= targets(answer)
    assert [row.title for part in parts.parts for row in part.rows if row.id.startswith("n-")] == ["news"]
    assert [toast for part in parts.parts for toast in part.toasts] == ["news"]
    after = alices_browser.get("/poll", params={"after": answer.headers["last-event-id"]})
    assert (after.status_code, after.content) == (204, b"")


@pytest.mark.parametrize("name", ["last_event_id", "lastEventId", "Last-Event-ID", "lastEventID"])
def test_poll_takes_the_cursor_as_a_stream_does(dana: Person, alices_browser: httpx.Client, alice_name: str, name: str) -> None:
    dana.send(f"user:{alice_name}", title="news")
    head = cursor(alices_browser)

    assert alices_browser.get("/poll", params={name: head}).status_code == 204
    assert alices_browser.get("/poll", headers={"Last-Event-ID": head}).status_code == 204
    assert alices_browser.get("/poll", params={name: "malformed"}).headers["last-event-id"] == head


@pytest.mark.parametrize("after", ["", "abc", "00000000-1", "{epoch}-99", "{epoch}-1_0", "{epoch}-\uff11", "{epoch}-" + "9" * 30, "\x00"])
def test_poll_with_unusable_cursor_returns_whole_lists(dana: Person, alices_browser: httpx.Client, alice_name: str, after: str) -> None:
    dana.send(f"user:{alice_name}")
    head = cursor(alices_browser)

    answer = alices_browser.get("/poll", params={"after": after.format(epoch=head.partition("-")[0])})

    assert (answer.status_code, answer.headers["last-event-id"]) == (200, head)
    assert [part.swap for part in Parts(answer.text).parts if part.target == "#inbox-list"] == ["outerMorph"]
    assert "#toasts" not in targets(answer)


def test_fragments_contain_filtered_history_on_request(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    dana.send(f"user:{alice_name}", title="an error", type="error")
    dana.send(f"user:{alice_name}", title="a success", type="success")

    without, with_ = (alices_browser.get(f"/fragments/inbox{query}") for query in ("", "?history=1&status=&type=error&q=&limit=20"))

    assert targets(without) == targets(with_) - {"#history", "#filter-status", "#list-count"}
    (history,) = (part for part in Parts(with_.text).parts if part.target == "#history")
    assert [row.title for row in history.rows] == ["an error"]


def test_each_answer_carries_cursor_and_user(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    dana.send(f"user:{alice_name}")
    page = read(alices_browser.get("/settings").text)

    for path in PATHS:
        headers = alices_browser.get(path).headers
        assert headers["last-event-id"] == page.one(id="stream").attributes["data-cursor"]
        assert headers["x-user"] == page.one("html").attributes["data-user"]
        assert (headers["content-type"], headers["cache-control"]) == ("text/html; charset=utf-8", "no-store")


@pytest.mark.parametrize("path", [*PATHS, "/stream"])
def test_signed_out_client_gets_401_and_no_redirect(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path, headers={"Accept": "text/html", "HX-Request": "true"})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", [*PATHS, "/stream"])
def test_request_from_another_site_returns_403(alices_browser: httpx.Client, path: str, origin: str) -> None:
    answer = alices_browser.get(path, headers={"Sec-Fetch-Site": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_html_stream_rejects_bearer_tokens(alice: Person) -> None:
    assert alice.get("/stream").status_code == 401


def test_poll_never_returns_notifications_of_another_user(
    people: People, visit: Visit, dana: Person, alice_name: str, alices_browser: httpx.Client
) -> None:
    carols = visit()
    sign_in(carols, people.account("carol"))
    before = cursor(carols)
    dana.send(f"user:{alice_name}", title="for alice")
    submit(alices_browser, "/notifications/read-all")

    assert carols.get("/poll", params={"after": before}).status_code == 204
    assert "for alice" not in carols.get("/poll", params={"after": cursor(alices_browser)}).text
    assert "for alice" not in carols.get("/fragments/inbox?history=1").text
