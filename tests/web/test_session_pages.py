"""The pages of sessions, the forms of replies, and what a page without a stream is told, as anybody sees them who has no script."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from tests.api_client import Person, problem
from tests.people import People
from tests.sessions import begin, move
from tests.web.conftest import Visit, sign_in

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'

Look = Callable[[Person], httpx.Client]


@pytest.fixture
def look(visit: Visit) -> Look:
    """Somebody's browser, signed in."""

    def open_(person: Person) -> httpx.Client:
        browser = visit()
        assert sign_in(browser, person.name).status_code == 303
        return browser

    return open_


@pytest.fixture
def alice(people: People) -> Person:
    return people.person("alice")


def get(browser: httpx.Client, path: str, status: int = 200, **headers: str) -> str:
    answer = browser.get(path, headers={"Accept": "text/html"} | headers)
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:300]}"
    return answer.text


def bars(html: str) -> dict[str, tuple[int, str]]:
    """By session, the value of its bar and its status in words."""
    found = re.findall(r'data-session="([^"]+)".*?value="(\d+)".*?session-status">([^<]*)<', html, re.DOTALL)
    return {id: (int(value), words) for id, value, words in found}


def test_the_list_shows_what_one_may_watch(look: Look, dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    id = begin(dana, alice, bob, title="Transcode holiday.mp4")
    move(dana, id, "uploading", 45, message="4 of 9 files")

    for person in (alice, bob, dana):
        page = get(look(person), "/sessions")
        assert "Transcode holiday.mp4" in page
        assert bars(page)[id] == (45, "Uploading")
        assert "4 of 9 files" in page
    assert "No sessions yet" in get(look(carol), "/sessions")


def test_the_list_goes_on(look: Look, dana: Person, alice: Person) -> None:
    made = [begin(dana, alice, title=f"Job {number}") for number in range(3)]
    browser = look(alice)

    first = get(browser, "/sessions?limit=2")
    older = re.search(r'href="(/sessions\?before=[^"]+)"', first)
    assert older and f"/sessions/{made[2]}" in first and f"/sessions/{made[0]}" not in first

    assert f"/sessions/{made[0]}" in get(browser, older[1])


def test_a_session_has_a_page(look: Look, dana: Person, alice: Person, bob: Person) -> None:
    id = begin(dana, alice, bob, title="Transcode holiday.mp4", actions=[{"label": "Watch Now", "url": "/video/7"}])

    page = get(look(alice), f"/sessions/{id}")
    assert bars(page)[id] == (0, "Waiting to start")
    assert "Watch Now" not in page.partition("<main")[2]
    assert '<noscript><meta http-equiv="refresh"' in page

    move(dana, id, "processed")
    page = get(look(bob), f"/sessions/{id}")
    assert bars(page)[id] == (100, "Complete")
    assert 'href="/video/7"' in page
    assert "http-equiv" not in page


def test_a_failure_says_why(look: Look, dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "failed", error="disk full")

    page = get(look(alice), f"/sessions/{id}")

    assert bars(page)[id] == (0, "Failed")
    assert "disk full" in page.partition("<main")[2]


def test_who_may_not_watch_is_told_so_on_a_page(look: Look, dana: Person, alice: Person, carol: Person) -> None:
    id = begin(dana, alice)
    browser = look(carol)

    for path in ("", "/progress"):
        assert "not yours to watch" in get(browser, f"/sessions/{id}{path}", 403)
    problem(browser.get(f"/sessions/{id}/stream"), 403, "forbidden")
    assert "There is no such session" in get(browser, "/sessions/there-is-none", 404)


def test_nobody_comes_without_signing_in(visitor: httpx.Client) -> None:
    for path in ("/sessions", "/sessions/x", "/sessions/x/progress"):
        answer = visitor.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
    problem(visitor.get("/sessions/x/stream"), 401, "token_missing")


def test_only_who_has_it_on_no_other_stream_gets_one_for_it(look: Look, dana: Person, alice: Person, bob: Person) -> None:
    id = begin(dana, alice, bob)

    for person, streams in ((alice, False), (bob, False), (dana, True)):
        assert (f"/sessions/{id}/stream" in get(look(person), f"/sessions/{id}")) == streams


def test_the_running_item_has_a_bar_and_the_ended_one_has_none(look: Look, dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "uploading", 45)
    browser = look(alice)

    assert get(browser, "/notifications").count(f'data-session="{id}"') == 2
    assert bars(get(browser, "/notifications"))[id] == (45, "Uploading")

    move(dana, id, "processed")
    assert f'data-session="{id}"' not in get(browser, "/notifications")


def test_a_notification_about_another_s_session_shows_nothing_of_it(
    look: Look, dana: Person, admin: Person, alice: Person, bob: Person
) -> None:
    id = begin(admin, alice, title="Secret")
    dana.send(bob, type="session", related_session_id=id)

    assert f'data-session="{id}"' not in get(look(bob), "/notifications")


def test_everything_shown_is_escaped(look: Look, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, title=HOSTILE)
    move(dana, id, "processing", 5, message=HOSTILE)

    for path in ("/sessions", f"/sessions/{id}", f"/sessions/{id}/progress", "/notifications"):
        page = get(look(alice), path)
        assert "<img src=x" not in page and "<script>alert" not in page
        assert "{{7*7}}" in page


def test_who_polls_is_told_how_things_stand(look: Look, dana: Person, alice: Person, bob: Person) -> None:
    browsers = look(alice), look(bob)
    cursors = [re.search(r'data-cursor="([^"]+)"', get(browser, "/notifications"))[1] for browser in browsers]  # type: ignore[index]
    assert [browser.get(f"/poll?after={cursor}").status_code for browser, cursor in zip(browsers, cursors, strict=True)] == [204, 204]
    id = begin(dana, alice, bob)
    move(dana, id, "uploading", 45)

    owner, viewer = (browser.get(f"/poll?after={cursor}") for browser, cursor in zip(browsers, cursors, strict=True))

    assert bars(owner.text)[id] == bars(viewer.text)[id] == (45, "Uploading")
    assert owner.headers["last-event-id"] != cursors[0]
    assert viewer.headers["last-event-id"] == cursors[1]


def ask(dana: Person, alice: Person) -> str:
    asking = {"title": "Which one?", "type": "clarification_needed", "actions": [{"label": "Your answer", "reply": True}]}
    return str(dana.send(alice, **asking)["id"])


def token(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found
    return found[1]


def test_a_question_has_a_form_that_works_without_a_script(look: Look, dana: Person, alice: Person) -> None:
    id, browser = ask(dana, alice), look(alice)
    page = get(browser, "/notifications")
    assert f'name="text-h-{id}"' in page and f'formaction="/notifications/{id}/reply/h"' in page
    assert f"/go/{id}" not in page
    fields = {"csrf_token": token(page), f"text-n-{id}": "", f"text-h-{id}": "The second one\r\nof them", "text-h-other": "x"}

    answer = browser.post(f"/notifications/{id}/reply/h", data=fields)

    assert (answer.status_code, answer.headers["location"]) == (303, "/notifications")
    assert [reply["text"] for reply in dana.get(f"/api/notifications/{id}/replies").json()] == ["The second one\nof them"]


def test_to_a_script_it_says_that_it_was_sent(look: Look, dana: Person, alice: Person) -> None:
    id, browser = ask(dana, alice), look(alice)
    fields = {"csrf_token": token(get(browser, "/notifications")), "text": "The second one"}

    answer = browser.post(f"/notifications/{id}/reply", data=fields, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "Your answer was sent" in answer.text
    assert answer.headers["last-event-id"].endswith("-2")


@pytest.mark.parametrize("text", ["", "  ", "x" * 1001])
def test_an_answer_that_is_none_is_refused(look: Look, dana: Person, alice: Person, text: str) -> None:
    id, browser = ask(dana, alice), look(alice)
    fields = {"csrf_token": token(get(browser, "/notifications")), "text": text}

    get_back = browser.post(f"/notifications/{id}/reply", data=fields, headers={"Accept": "text/html"})

    assert get_back.status_code == 422
    assert dana.get(f"/api/notifications/{id}/replies").json() == []


def test_a_reply_needs_the_token_of_the_page(look: Look, dana: Person, alice: Person) -> None:
    id, browser = ask(dana, alice), look(alice)

    problem(browser.post(f"/notifications/{id}/reply", data={"text": "The second one"}), 403, "csrf_failed")

    assert dana.get(f"/api/notifications/{id}/replies").json() == []
