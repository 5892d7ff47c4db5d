"""Sessions in a browser: the item in the bell, progress pages, and answers given in place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.api_client import Person
from tests.browser.axe import assert_accessible
from tests.browser.conftest import ReadBy
from tests.browser.reader import PATIENCE_SECONDS, Reader, Tab
from tests.sessions import begin, move
from tests.site import Site
from tests.waiting import eventually


@pytest.fixture
def tab(reader: Reader) -> Tab:
    return reader.open()


def bar(tab: Tab, id: str, within: str = "body") -> Locator:
    return tab.page.locator(f"{within} [data-session='{id}'] progress")


def at(bar: Locator, percent: int) -> None:
    expect(bar).to_have_attribute("value", str(percent))


def test_session_is_one_item_that_moves_and_ends_in_place(tab: Tab, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, title="Transcode holiday.mp4", type="video_complete", actions=[{"label": "Watch Now", "url": "/video/7"}])
    at(bar(tab, id, "#inbox-list"), 0)
    item = tab.page.locator("#inbox-list > .item")
    name = item.get_attribute("id")
    dana.send(alice, title="In between")
    expect(item).to_have_count(2)

    for percent in (10, 45):
        move(dana, id, "transcoding", percent, message=f"Minute {percent} of 100")
        for place in ("#inbox-list", "#history"):
            at(bar(tab, id, place), percent)
    tab.open_bell()
    expect(tab.page.locator("#inbox-list .session-line")).to_contain_text("45 % Transcoding Minute 45 of 100")

    move(dana, id, "processed", message="Your video is ready")
    expect(tab.page.locator(".toast", has_text="Transcode holiday.mp4").get_by_role("link", name="Watch Now")).to_be_visible()
    expect(bar(tab, id)).to_have_count(0)
    expect(item.first).to_have_attribute("id", name or "")
    expect(item.first).to_contain_text("Your video is ready")
    tab.assert_true()


def test_page_opened_midway_shows_the_progress(reader: Reader, dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, progress=45)

    tab = reader.open()

    at(bar(tab, id, "#inbox-list"), 45)
    move(dana, id, progress=46)
    at(bar(tab, id, "#inbox-list"), 46)


def test_mark_as_read_keeps_the_progress_bar(tab: Tab, dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, progress=45)
    at(bar(tab, id, "#inbox-list"), 45)
    tab.open_bell()

    tab.items.first.get_by_role("button", name="Mark as read", exact=True).click()

    expect(tab.items.first).to_have_attribute("data-status", "read")
    at(bar(tab, id, "#inbox-list"), 45)


def test_every_tab_shows_progress(reader: Reader, dana: Person, alice: Person) -> None:
    """One of the tabs holds the stream for all."""
    tabs = [reader.open(), reader.open()]
    id = begin(dana, alice)

    move(dana, id, progress=45)

    for tab in tabs:
        at(bar(tab, id, "#inbox-list"), 45)


def test_session_pages_show_progress(reader: Reader, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, title="Transcode holiday.mp4")
    listed, single = reader.open("/sessions"), reader.open(f"/sessions/{id}")

    move(dana, id, "transcoding", 45)
    for tab in (listed, single):
        at(bar(tab, id, "main"), 45)

    move(dana, id, "failed", error="disk full")
    for tab in (listed, single):
        expect(tab.page.locator("main .session[data-kind=error]")).to_contain_text("disk full")


def test_group_manager_watches_through_the_page_stream(
    read_by: ReadBy, site: Site, dana: Person, alice: Person, bob: Person, staff: str
) -> None:
    """Alice manages the group that contains bob."""
    id = begin(dana, bob)
    tab = read_by(site, alice).open(f"/sessions/{id}")

    move(dana, id, "transcoding", 45)
    at(bar(tab, id, "main"), 45)
    assert tab.reader.streams() == 2

    move(dana, id, "processed")
    expect(tab.page.locator("main .session[data-kind=success]")).to_contain_text("Complete")
    eventually(lambda: tab.reader.streams() == 1, within=PATIENCE_SECONDS)
    asked = [request.url for request in tab.reader.requests if request.url.endswith(f"/sessions/{id}/stream")]
    assert len(asked) == 1


def test_dead_job_is_shown_as_stalled_and_recovers(tab: Tab, dana: Person, alice: Person) -> None:
    id = begin(dana, alice, silence_seconds=1)
    move(dana, id, "transcoding", 45)

    expect(tab.page.locator("#inbox-list .session[data-status=stalled]")).to_contain_text("No sign of life")

    move(dana, id, "transcoding", 46)
    at(bar(tab, id, "#inbox-list"), 46)


def test_question_is_answered_in_place(tab: Tab, dana: Person, alice: Person) -> None:
    asking = {"type": "clarification_needed", "title": "Which one?", "actions": [{"label": "Your answer", "reply": True}]}
    id = dana.send(alice, **asking)["id"]
    tab.open_bell()
    item = tab.page.locator(f"#n-{id}")

    answer = item.get_by_label("Your answer")
    expect(answer).to_be_hidden()
    item.get_by_text("Reply", exact=True).press("Enter")
    expect(answer).to_be_focused()
    tab.page.keyboard.type("The second one")
    dana.send(alice, title="Something else comes in between")
    expect(tab.items).to_have_count(2)
    expect(answer).to_be_visible()
    item.get_by_role("button", name="Send", exact=True).click()

    expect(tab.page.locator(".toast", has_text="Your answer was sent")).to_be_visible()
    expect(item).to_have_attribute("data-status", "read")
    expect(item).to_contain_text("You answered: The second one")
    assert [reply["text"] for reply in dana.get(f"/api/notifications/{id}/replies").json()] == ["The second one"]


def test_session_texts_are_escaped(tab: Tab, dana: Person, alice: Person) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script><hx-partial hx-target='body'>"
    id = begin(dana, alice, title=hostile)
    move(dana, id, "processing", 45, message=hostile)
    at(bar(tab, id, "#inbox-list"), 45)

    tab.page.goto(f"/sessions/{id}")
    move(dana, id, "processing", 46, message=hostile)
    at(bar(tab, id, "main"), 46)

    expect(tab.page.locator("main .session-text")).to_have_text(re.compile("<img src=x"))


def test_session_page_refreshes_without_scripts(read_by: ReadBy, site: Site, alice: Person, dana: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, progress=45)
    tab = read_by(site, alice, java_script_enabled=False).open(f"/sessions/{id}", live=False)
    at(bar(tab, id, "main"), 45)

    move(dana, id, progress=46)

    at(bar(tab, id, "main"), 46)


def test_axe_finds_no_violation(read_by: ReadBy, site: Site, dana: Person, alice: Person) -> None:
    running, failed = begin(dana, alice), begin(dana, alice)
    move(dana, running, "transcoding", 45, message="Minute 9 of 20")
    move(dana, failed, "failed", error="disk full")
    dana.send(alice, title="Which one?", actions=[{"label": "Your answer", "reply": True}])
    reader = read_by(site, alice, reduced_motion="reduce")

    for path in ("/sessions", f"/sessions/{running}", f"/sessions/{failed}"):
        assert_accessible(reader.open(path).page, path)
    tab = reader.open()
    tab.open_bell()
    assert_accessible(tab.page, "the dropdown with a bar and a question")
    tab.page.locator("#inbox").get_by_text("Reply", exact=True).click()
    assert_accessible(tab.page, "the dropdown with an open reply")


def test_history_day_groups_stay_intact(tab: Tab, dana: Person, alice: Person) -> None:
    begin(dana, alice)
    expect(tab.page.locator("#history .item")).to_have_count(1)

    tab.page.reload()

    expect(tab.page.locator("#history [data-session]")).to_be_visible()
    expect(tab.page.locator("#history h2.day time").first).to_have_text("Today")


def test_session_pages_do_not_poll_while_the_stream_is_up(reader: Reader, dana: Person, alice: Person) -> None:
    listed = reader.open("/sessions")
    id = begin(dana, alice, title="Transcode holiday.mp4")
    at(bar(listed, id, "main"), 0)
    single = reader.open(f"/sessions/{id}")
    asked = len(reader.requests)
    for tab in (listed, single):
        tab.page.clock.install()
        tab.page.clock.run_for(60_000)

    move(dana, id, "transcoding", 45, message="45%")
    for tab in (listed, single):
        at(bar(tab, id, "main"), 45)
        expect(tab.page.locator("main .session-line")).to_have_text("45 % Transcoding")
    assert not [request.url for request in reader.requests[asked:] if "/sessions" in request.url]

    move(dana, id, "processed", message="80%")
    for tab in (listed, single):
        expect(tab.page.locator("main .session-line")).to_have_text("Complete")
    expect(single.page.locator("#session dt", has_text="Ended")).to_be_visible()
    expect(single.page.locator("#inbox-list > .item .item-title")).to_have_text("Unread: Transcode holiday.mp4")
    expect(single.page.locator("#inbox-list > .item .item-text")).to_have_count(0)
