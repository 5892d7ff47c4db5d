"""The history page: days, filters, pages, bulk actions, escaping."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import update

from notifier import database
from notifier.models import Message
from tests.api_client import Person
from tests.people import People
from tests.web.conftest import submit
from tests.web.markup import Element, read

MARKUP = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "<div hx-get=/logout hx-trigger=load>",
    "<a sse-connect=/x hx-on:click=alert(1)>",
    "<hx-partial hx-target='#bell'>x</hx-partial>",
    "</li></ul></main><h1>",
    "{{7*7}}{% for x in y %}{{config}} <b>",
    "&lt;b&gt; & co",
    "</title><script>alert(1)</script>",
]


@pytest.fixture
def to_alice(dana: Person, alice_name: str) -> Sender:
    return Sender(dana, alice_name)


class Sender:
    def __init__(self, dana: Person, name: str) -> None:
        self.dana = dana
        self.name = name

    def __call__(self, title: str, **fields: object) -> str:
        id: str = self.dana.send(f"user:{self.name}", title=title, **fields)["id"]
        return id


def history(browser: httpx.Client, query: str = "") -> Element:
    answer = browser.get(f"/notifications{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return read(answer.text).one(id="history")


def titles(page: Element) -> list[str]:
    return [title.text.removeprefix("Unread: ") for title in page.all("summary", class_="item-title")]


def set_created_at(people: People, id: str, when: datetime) -> None:
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(Message).where(Message.public_id == id).values(created_at=when))


def test_empty_states(alices_browser: httpx.Client) -> None:
    assert history(alices_browser).one(class_="empty").one("strong").text == "No notifications yet"
    assert history(alices_browser, "?q=nothing").one(class_="empty").one("strong").text == "No notification matches"


def test_history_lists_own_notifications_newest_first(to_alice: Sender, dana: Person, bob: Person, alices_browser: httpx.Client) -> None:
    to_alice("first", message="her text")
    dana.send(bob, title="for bob")
    to_alice("second")

    page = history(alices_browser)

    assert titles(page) == ["second", "first"]
    assert page.one("p", class_="item-text").text == "her text"


@pytest.mark.parametrize("markup", MARKUP)
@pytest.mark.parametrize("place", ["title", "message", "label"])
def test_markup_in_notifications_is_escaped(to_alice: Sender, alices_browser: httpx.Client, markup: str, place: str) -> None:
    fields = {"title": {"title": markup}, "message": {"title": "x", "message": f"x {markup}"}, "label": {"title": "x"}}[place]
    actions = [{"label": markup, "url": "/x"}] if place == "label" else []
    to_alice(**fields, actions=actions)
    before = len(read(alices_browser.get("/settings").text).all("script"))

    page = alices_browser.get("/notifications").text

    assert markup not in page
    assert html.escape(markup).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
    assert len(read(page).all("script")) == before


@pytest.mark.parametrize("markup", ['"><script>alert(1)</script>', "' onfocus=alert(1) autofocus x='", "{{7*7}}"])
def test_markup_in_filters_is_escaped(alices_browser: httpx.Client, markup: str) -> None:
    answer = alices_browser.get("/notifications", params={"q": markup, "type": markup})

    inputs = read(answer.text).all("input", name="q") + read(answer.text).all("input", name="type")
    assert {element.attributes["value"] for element in inputs} == {markup}
    assert markup not in answer.text or markup == "{{7*7}}"


def test_days_follow_the_time_zone_of_the_user(people: People, to_alice: Sender, alices_browser: httpx.Client) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    submit(alices_browser, "/settings", theme="auto", time_zone=zone.key)
    midnight = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = {"long ago": datetime(2025, 3, 9, 12, tzinfo=zone), "yesterday": midnight - timedelta(minutes=1), "today": midnight}
    for title, moment in moments.items():
        set_created_at(people, to_alice(title), moment)

    page = history(alices_browser)

    assert titles(page) == ["today", "yesterday", "long ago"]
    assert [heading.text for heading in page.all("h2", class_="day")] == ["New", "Today", "Yesterday", "Sunday, 9 March 2025"]


def test_filters(to_alice: Sender, alices_browser: httpx.Client) -> None:
    ids = {
        title: to_alice(title, type=type_, message=text)
        for title, type_, text in [("a", "info", "one"), ("b", "error", "two"), ("c", "error", "ten")]
    }
    submit(alices_browser, f"/notifications/{ids['a']}/archive")
    submit(alices_browser, f"/notifications/{ids['b']}/read")

    shown = {
        query: titles(history(alices_browser, query))
        for query in ("", "?status=unread", "?status=archived", "?type=error", "?q=TEN", "?type=error&q=two")
    }

    assert shown == {
        "": ["c", "b"],
        "?status=unread": ["c"],
        "?status=archived": ["a"],
        "?type=error": ["c", "b"],
        "?q=TEN": ["c"],
        "?type=error&q=two": ["b"],
    }


def test_count_is_of_those_in_the_same_place(to_alice: Sender, alices_browser: httpx.Client) -> None:
    """What is archived is not among all, so it is not a part of them."""
    ids = [to_alice(title, type=type_) for title, type_ in (("a", "info"), ("b", "error"), ("c", "info"), ("d", "info"))]
    for id_ in ids[:2]:
        submit(alices_browser, f"/notifications/{id_}/archive")

    queries = ("", "?q=c", "?status=archived", "?status=archived&q=a")
    counts = {query: read(alices_browser.get(f"/notifications{query}").text).one(id="list-count").text for query in queries}

    assert counts == {"": "2 in all", "?q=c": "1 of 2", "?status=archived": "2 in all", "?status=archived&q=a": "1 of 2"}


@pytest.mark.parametrize("q", ["%", "_", "' OR 1=1--", ";", "\\"])
def test_search_takes_wildcards_literally(to_alice: Sender, alices_browser: httpx.Client, q: str) -> None:
    to_alice("without it")
    to_alice(f"with {q} in it")

    assert len(titles(read(alices_browser.get("/notifications", params={"q": q}).text).one(id="history"))) == 1


@pytest.mark.parametrize(
    "query", ["?status=deleted", "?status=x", "?limit=0", "?limit=201", "?before=x", "?before=1_0", "?day=today", "?q=%00"]
)
def test_invalid_query_returns_422_page_with_bell(alices_browser: httpx.Client, query: str) -> None:
    answer = alices_browser.get(f"/notifications{query}", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert read(answer.text).one("header").all(id="bell"), "a whole page, with the bell"


def test_load_more_continues_after_the_last_item(to_alice: Sender, alices_browser: httpx.Client) -> None:
    for number in range(45):
        to_alice(str(number))

    first = history(alices_browser)
    link = first.one(id="more").one("a")
    to_alice("arrived meanwhile")
    more = alices_browser.get(link.attributes["hx-get"], headers={"HX-Request": "true"})
    second = read(more.text)
    third = read(alices_browser.get(second.one(id="more").one("a").attributes["href"]).text)

    assert (link.text, link.attributes["hx-target"]) == ("Load more", "#more")
    assert titles(first) == [str(n) for n in range(44, 24, -1)]
    assert titles(second) == [str(n) for n in range(24, 4, -1)]
    assert not second.all("h2"), "the day continues, without a second heading"
    assert second.one("input", id="asked-limit").attributes["value"] == "40"
    assert titles(third.one(id="history")) == ["4", "3", "2", "1", "0"], "the link also works without JavaScript"
    assert not third.all(id="more")


def test_bulk_actions_name_their_count_and_change_only_displayed_notifications(to_alice: Sender, alices_browser: httpx.Client) -> None:
    for number in range(3):
        to_alice(f"error {number}", type="error")
    to_alice("other")

    page = read(alices_browser.get("/notifications?type=error").text)
    buttons = {button.text: button.attributes["formaction"] for button in page.one(id="history").one(class_="bulk").all("button")}
    to_alice("error that came later", type="error")
    now = read(alices_browser.get("/settings").text).one(id="through").attributes["value"]
    submit(alices_browser, buttons["Mark 3 as read"], through=now)

    assert buttons.keys() == {"Mark 3 as read", "Clear 3"}
    assert titles(history(alices_browser, "?status=unread")) == ["error that came later", "other"]

    submit(alices_browser, buttons["Clear 3"], through=now)

    assert titles(history(alices_browser)) == ["error that came later", "other"]


def test_only_images_of_this_site_are_shown(to_alice: Sender, alices_browser: httpx.Client) -> None:
    """Pages load nothing from other sites, so that a sender cannot learn from an image that a notification was read."""
    to_alice("own", image_url="/thumb/7.png")
    to_alice("foreign", image_url="https://elsewhere.example/pixel.png")

    images = history(alices_browser).all("img")

    assert [image.attributes["src"] for image in images] == ["/thumb/7.png"]
