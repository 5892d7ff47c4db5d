"""Pages of sessions, reply forms, and polled progress, without JavaScript."""

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

SignIn = Callable[[Person], httpx.Client]


@pytest.fixture
def browse(visit: Visit) -> SignIn:
    """Open a browser in which the person is signed in."""

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
    """By session, the value of its bar and the text of its status."""
    found = re.findall(r'data-session="([^"]+)".*?value="(\d+)".*?session-status">([^<]*)<', html, re.DOTALL)
    return {id: (int(value), text) for id, value, text in found}


def test_list_shows_sessions_the_user_may_watch(browse: SignIn, dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    id = begin(dana, alice, bob, title="Transcode holiday.mp4")
    move(dana, id, "uploading", 45, message="4 of 9 files")

    for person in (alice, bob, dana):
        page = get(browse(person), "/sessions")
        assert "Transcode holiday.mp4" in page
        assert bars(page)[id] == (45, "Uploading")
        assert "4 of 9 files" in page
    assert "No sessions yet" in get(browse(carol), "/sessions")


def test_list_continues_on_older_pages(browse: SignIn, dana: Person, alice: Person) -> None:
    made = [begin(dana, alice, title=f"Job {number}") for number in range(3)]
    browser = browse(alice)

    first = get(browser, "/sessions?limit=2")
    older = re.search(r'href="(/sessions\?before=[^"]+)"', first)
    assert older and f"/sessions/{made[2]}" in first and f"/sessions/{made[0]}" not in first

    assert f"/sessions/{made[0]}" in get(browser, older[1])


def test_session_page_shows_progress_and_result(browse: SignIn, dana: Person, alice: Person, bob: Person) -> None:
    id = begin(dana, alice, bob, title="Transcode holiday.mp4", actions=[{"label": "Watch Now", "url": "/video/7"}])

    page = get(browse(alice), f"/sessions/{id}")
    assert bars(page)[id] == (0, "Waiting to start")
    assert "Watch Now" not in page.partition("<main")[2]
    assert '<noscript><meta http-equiv="refresh"' in page

    move(dana, id, "processed")
    page = get(browse(bob), f"/sessions/{id}")
    assert bars(page)[id] == (100, "Complete")
    assert 'href="/video/7"' in page
    assert "http-equiv" not in page


def test_failed_session_shows_the_error(browse: SignIn, dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "failed", error="disk full")

    page = get(browse(alice), f"/sessions/{id}")

    assert bars(page)[id] == (0, "Failed")
    assert "disk full" in page.partition("<main")[2]


def test_session_of_others_returns_403_page(browse: SignIn, dana: Person, alice: Person, carol: Person) -> None:
    id = begin(dana, alice)
    browser = browse(carol)

    for path in ("", "/progress"):
        assert "not yours to watch" in get(browser, f"/sessions/{id}{path}", 403)
    problem(browser.get(f"/sessions/{id}/stream"), 403, "forbidden")
    assert "There is no such session" in get(browser, "/sessions/there-is-none", 404)


def test_signed_out_pages_redirect_to_sign_in(visitor: httpx.Client) -> None:
    for path in ("/sessions", "/sessions/x", "/sessions/x/progress"):
        answer = visitor.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
    problem(visitor.get("/sessions/x/stream"), 401, "token_missing")


def test_session_stream_opens_only_for_users_without_it_on_their_own_stream(
    browse: SignIn, dana: Person, alice: Person, bob: Person
) -> None:
    id = begin(dana, alice, bob)

    for person, streams in ((alice, False), (bob, False), (dana, True)):
        assert (f"/sessions/{id}/stream" in get(browse(person), f"/sessions/{id}")) == streams


def test_notification_shows_a_bar_only_until_the_session_ends(browse: SignIn, dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "uploading", 45)
    browser = browse(alice)

    assert get(browser, "/notifications").count(f'data-session="{id}"') == 2
    assert bars(get(browser, "/notifications"))[id] == (45, "Uploading")

    move(dana, id, "processed")
    assert f'data-session="{id}"' not in get(browser, "/notifications")


def test_notification_does_not_reveal_a_session_of_others(browse: SignIn, dana: Person, admin: Person, alice: Person, bob: Person) -> None:
    id = begin(admin, alice, title="Secret")
    dana.send(bob, type="session", related_session_id=id)

    assert f'data-session="{id}"' not in get(browse(bob), "/notifications")


def test_markup_in_sessions_is_escaped(browse: SignIn, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, title=HOSTILE)
    move(dana, id, "processing", 5, message=HOSTILE)

    for path in ("/sessions", f"/sessions/{id}", f"/sessions/{id}/progress", "/notifications"):
        page = get(browse(alice), path)
        assert "<img src=x" not in page and "<script>alert" not in page
        assert "{{7*7}}" in page


def test_poll_returns_progress(browse: SignIn, dana: Person, alice: Person, bob: Person) -> None:
    browsers = browse(alice), browse(bob)
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


def test_reply_form_works_without_javascript(browse: SignIn, dana: Person, alice: Person) -> None:
    id, browser = ask(dana, alice), browse(alice)
    page = get(browser, "/notifications")
    assert f'name="text-h-{id}"' in page and f'formaction="/notifications/{id}/reply/h"' in page
    assert f"/go/{id}" not in page
    fields = {"csrf_token": token(page), f"text-n-{id}": "", f"text-h-{id}": "The second one\r\nof them", "text-h-other": "x"}

    answer = browser.post(f"/notifications/{id}/reply/h", data=fields)

    assert (answer.status_code, answer.headers["location"]) == (303, "/notifications")
    assert [reply["text"] for reply in dana.get(f"/api/notifications/{id}/replies").json()] == ["The second one\nof them"]


def test_answer_is_shown_on_every_device(browse: SignIn, dana: Person, alice: Person) -> None:
    id, browser, other = ask(dana, alice), browse(alice), browse(alice)
    before = alice.get(f"/api/notifications/{id}").json()
    cursor = other.get("/poll?after=none").headers.get("last-event-id") or other.get("/fragments/inbox").headers["last-event-id"]
    assert before["status"] == "unread"

    answer = browser.post(
        f"/notifications/{id}/reply", data={"csrf_token": token(get(browser, "/notifications")), "text": "The <b>second</b>"}
    )

    live = other.get(f"/poll?after={cursor}").text
    assert answer.status_code == 303
    for page in (get(browser, "/notifications"), get(other, "/notifications"), live):
        assert "You answered: " in page and "The &lt;b&gt;second&lt;/b&gt;" in page
        assert f'name="text-h-{id}"' not in page


def test_second_answer_on_a_page_returns_409(browse: SignIn, dana: Person, alice: Person) -> None:
    id, browser = ask(dana, alice), browse(alice)
    fields = {"csrf_token": token(get(browser, "/notifications")), "text": "The second one"}
    browser.post(f"/notifications/{id}/reply", data=fields)

    assert browser.post(f"/notifications/{id}/reply", data=fields | {"text": "No, the first"}).status_code == 409
    assert len(dana.get(f"/api/notifications/{id}/replies").json()) == 1


def test_reply_by_htmx_confirms_with_a_toast(browse: SignIn, dana: Person, alice: Person) -> None:
    id, browser = ask(dana, alice), browse(alice)
    fields = {"csrf_token": token(get(browser, "/notifications")), "text": "The second one"}

    answer = browser.post(f"/notifications/{id}/reply", data=fields, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "Your answer was sent" in answer.text
    assert answer.headers["last-event-id"].endswith("-2")


@pytest.mark.parametrize("text", ["", "  ", "x" * 1001])
def test_empty_or_long_answer_returns_422(browse: SignIn, dana: Person, alice: Person, text: str) -> None:
    id, browser = ask(dana, alice), browse(alice)
    fields = {"csrf_token": token(get(browser, "/notifications")), "text": text}

    answer = browser.post(f"/notifications/{id}/reply", data=fields, headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert dana.get(f"/api/notifications/{id}/replies").json() == []


def test_reply_without_csrf_token_returns_403(browse: SignIn, dana: Person, alice: Person) -> None:
    id, browser = ask(dana, alice), browse(alice)

    problem(browser.post(f"/notifications/{id}/reply", data={"text": "The second one"}), 403, "csrf_failed")

    assert dana.get(f"/api/notifications/{id}/replies").json() == []
