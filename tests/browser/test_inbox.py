"""The bell in daily use: from signing in to an empty inbox."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader, Tab
from tests.people import PASSWORD
from tests.site import Site
from tests.waiting import eventually

READY = {
    "title": "Video Ready!",
    "message": "Your video is ready to watch",
    "type": "video_complete",
    "actions": [{"label": "Watch Now", "url": "/settings"}],
}


def test_sign_in_toast_and_action_link(site: Site, read_by: ReadBy, alice: Person, dana: Person) -> None:
    reader = read_by(site, alice, sign_in=False)
    tab = reader.open("/settings", live=False)
    tab.page.get_by_label("Username").fill(alice.name)
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign in").click()
    tab.page.wait_for_url("**/settings")
    tab.page.goto("/notifications")
    tab.wait_for("live")
    id_ = dana.send(alice, **READY)["id"]
    toast = tab.toasts.filter(has_text="Video Ready!")
    expect(toast).to_contain_text("Your video is ready to watch")
    toast.get_by_role("link", name="Watch Now").click()
    tab.page.wait_for_url("**/settings")
    assert alice.get(f"/api/notifications/{id_}").json()["status"] == "read"
    tab.assert_true()


def test_error_toast_stays_until_dismissed(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    dana.send(alice, title="Video Generation Failed", message="Out of memory", type="video_failed")
    toast = tab.toasts.filter(has_text="Video Generation Failed")
    expect(toast).to_have_attribute("data-stay", "")
    toast.get_by_role("button", name="Dismiss").click()
    expect(tab.toasts).to_have_count(0)
    expect(tab.badge).to_have_text("1")


def test_info_updates_the_badge_only(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    dana.send(alice, type="info")
    expect(tab.badge).to_have_text("1")
    dana.send(alice, type="info", priority="high", title="Now")
    expect(tab.toasts).to_have_count(1)
    assert tab.toast_titles() == ["Now"]


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_success_toast_leaves_after_ten_seconds_unless_hovered(
    site: Site, read_by: ReadBy, alice: Person, dana: Person, motion: str
) -> None:
    tab = read_by(site, alice, reduced_motion=motion).open()
    dana.send(alice, type="success")
    tab.toasts.hover()
    assert _life(tab) == ("paused", 10_000)
    tab.page.mouse.move(0, 0)
    expect(tab.toasts).to_have_css("animation-play-state", re.compile("running"))
    tab.toasts.get_by_role("button").focus()
    assert _life(tab) == ("paused", 10_000)
    tab.page.evaluate("document.activeElement.blur()")
    # Finish the animation instead of waiting 10 s: its end is tested, not the browser's clock.
    tab.page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    expect(tab.toasts).to_have_count(0)


def test_at_most_three_toasts_and_a_count(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    for number in range(5):
        dana.send(alice, type="error", title=f"Error {number}")
    expect(tab.page.get_by_role("link", name="+2 more")).to_be_visible()
    visible = [toast for toast in tab.toasts.all() if toast.is_visible()]
    assert len(visible) == 3
    assert "Error 4" in visible[0].inner_text()
    for _ in range(2):
        tab.toasts.first.get_by_role("button", name="Dismiss").click()
    expect(tab.page.locator("#toasts-more")).to_be_hidden()


def test_toast_takes_no_focus_and_passes_it_on_when_dismissed(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    search = tab.page.get_by_label("Search")
    search.fill("half a wo")
    for number in range(2):
        dana.send(alice, type="error", title=f"Error {number}")
    expect(tab.toasts).to_have_count(2)
    expect(search).to_be_focused()
    tab.toasts.first.get_by_role("button", name="Dismiss").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.toasts).to_have_count(1)
    expect(tab.toasts.get_by_role("button", name="Dismiss")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.bell).to_be_focused()


def test_mark_one_mark_all_clear_and_undo(reader: Reader, alice: Person, dana: Person) -> None:
    for number in range(4):
        dana.send(alice, title=f"No. {number}")
    tab = reader.open()
    tab.open_bell()
    tab.page.locator("#inbox").get_by_role("button", name="Mark as read").first.click()
    expect(tab.badge).to_have_text("3")
    tab.page.get_by_role("button", name="Mark all as read").click()
    expect(tab.badge).to_be_hidden()
    tab.assert_true()
    tab.page.locator("#inbox").get_by_role("button", name="Undo").click()
    expect(tab.badge).to_have_text("3")
    tab.page.get_by_role("button", name="Clear all").click()
    expect(tab.items).to_have_count(0)
    expect(tab.page.locator("#inbox").get_by_text("No notifications yet")).to_be_visible()
    tab.assert_true()
    tab.page.locator("#inbox").get_by_role("button", name="Undo").click()
    expect(tab.items).to_have_count(4)
    tab.assert_true()


def test_clear_spares_unseen_arrivals(reader: Reader, alice: Person, dana: Person) -> None:
    """A notification sent while the request is on its way is kept."""
    dana.send(alice, title="Shown")
    tab = reader.open()
    tab.open_bell()
    tab.page.route("**/notifications/clear", lambda route: (dana.send(alice, title="Later"), route.continue_()))
    tab.page.get_by_role("button", name="Clear all").click()
    eventually(lambda: tab.titles() == ["Later"])
    tab.assert_true()


def test_two_users_see_their_own_notifications(site: Site, read_by: ReadBy, alice: Person, bob: Person, dana: Person) -> None:
    hers, his = read_by(site, alice).open(), read_by(site, bob).open()
    dana.send(alice, title="For Alice")
    dana.send(bob, title="For Bob")
    dana.send([alice.address, bob.address], title="For both")
    for tab, titles in ((hers, ["For both", "For Alice"]), (his, ["For both", "For Bob"])):
        expect(tab.items).to_have_count(2)
        assert tab.titles() == titles
        tab.assert_true()


def test_change_on_one_device_shows_on_the_other(site: Site, read_by: ReadBy, alice: Person, dana: Person) -> None:
    desk, phone = read_by(site, alice).open(), read_by(site, alice, viewport={"width": 390, "height": 844}).open()
    dana.send(alice, title="Tea")
    expect(phone.badge).to_have_text("1")
    desk.open_bell()
    desk.page.locator("#inbox").get_by_role("button", name="Mark as read").click()
    expect(phone.badge).to_be_hidden()
    phone.assert_true()


def test_updated_notification_moves_to_the_top(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    dana.send(alice, title="Half", collapse_key="job")
    dana.send(alice, title="Other")
    dana.send(alice, title="Done", collapse_key="job")
    expect(tab.items.locator(".item-title").first).to_contain_text("Done")
    assert tab.titles() == ["Done", "Other"]
    tab.assert_true()


def test_history_updates_under_its_filters(reader: Reader, alice: Person, dana: Person) -> None:
    dana.send(alice, title="Old")
    tab = reader.open("/notifications?status=unread")
    dana.send(alice, title="New")
    expect(tab.history).to_have_count(2)
    alice.post("/api/notifications/read-all")
    expect(tab.history).to_have_count(0)
    expect(tab.page.get_by_text("Nothing is unread")).to_be_visible()


def test_load_more_keeps_shown_items(reader: Reader, alice: Person, dana: Person) -> None:
    for number in range(25):
        dana.send(alice, title=f"No. {number}")
    tab = reader.open()
    tab.page.get_by_role("link", name="Load more").click()
    expect(tab.history).to_have_count(25)
    alice.patch(f"/api/notifications/{alice.get('/api/notifications').json()[3]['id']}", json={"status": "archived"})
    expect(tab.history).to_have_count(24)


def test_times_are_shown_in_the_users_zone(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    dana.send(alice)
    time = tab.items.locator(".item-time time")
    expect(time).to_have_text("now")
    expect(time).to_have_attribute("title", re.compile(r"\d{4}"))


def _life(tab: Tab) -> tuple[str, int]:
    """The play state of the toast's timer animation, and its duration in milliseconds."""
    play: list[object] = tab.page.evaluate(
        """() => document.querySelector('.toast').getAnimations().filter(life => life.animationName === 'toast-life')
            .map(life => [life.playState, life.effect.getTiming().duration])[0]"""
    )
    return str(play[0]), int(str(play[1]))
