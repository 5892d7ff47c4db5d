"""What reaches the user, in two tabs: off, quiet, pause, snooze and mute, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from notifier import database
from notifier.models import Attention
from notifier.models.columns import now
from notifier.services.preferences import category_admin
from tests.api_client import Person
from tests.browser.axe import assert_accessible
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader
from tests.site import Site


@pytest.fixture(autouse=True)
def _videos(site: Site) -> Iterator[None]:
    with site.elsewhere():
        category_admin.create(category_admin.draft({"slug": "videos", "label": "Videos", "types": ("video_complete",)}))
        category_admin.create(category_admin.draft({"slug": "security", "label": "Security", "types": ("login",), "locked": True}))
    yield
    with site.elsewhere():
        for slug in ("videos", "security"):
            category_admin.retire(slug)


def test_what_is_switched_off_goes_silently_to_the_archive_in_both_tabs(reader: Reader, alice: Person, dana: Person) -> None:
    page = reader.open("/settings/notifications").page
    page.get_by_label("Videos: In the app").select_option("Off")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    archive, list_ = reader.open("/notifications?status=archived"), reader.open("/notifications")

    # Urgent ones and errors stay until they are dismissed; others may be gone before the test looks at the second tab.
    id_ = dana.send(alice, type="video_complete", title="Ready", priority="urgent")["id"]
    expect(archive.page.locator(f"#h-{id_}")).to_contain_text("Archived on arrival: you switched Videos off")
    after = dana.send(alice, type="error", title="Disk")["id"]
    for tab in (archive, list_):
        expect(tab.badge).to_have_text("1")
    expect(list_.page.locator(f"#h-{after}")).to_be_visible()
    expect(list_.page.locator(f"#h-{id_}")).to_have_count(0)
    assert [tab.toast_titles() for tab in (archive, list_)] == [["Disk"]] * 2

    alice.patch("/api/preferences", json={"categories": {"videos": {"in_app": None}}})
    dana.send(alice, type="video_complete", title="Ready again", priority="urgent")
    for tab in (archive, list_):
        expect(tab.toasts.filter(has_text="Ready again")).to_have_count(1)


def test_menu_snoozes_mutes_and_explains(reader: Reader, alice: Person, dana: Person) -> None:
    first, second = reader.open("/notifications"), reader.open("/notifications")
    id_ = dana.send(alice, type="warning", title="Disk", thread="disk")["id"]
    row = first.page.locator(f"#h-{id_}")
    row.get_by_role("button", name="More").click()
    row.get_by_role("button", name="Snooze for 1 hour").click()
    for tab in (first, second):
        expect(tab.page.locator(f"#h-{id_}")).to_have_count(0)
        expect(tab.badge).to_be_hidden()
    first.page.locator("#undo-toast").get_by_role("button", name="Undo").click()
    for tab in (first, second):
        expect(tab.page.locator(f"#h-{id_}")).to_be_visible()

    row.get_by_role("button", name="More").focus()
    first.page.keyboard.press("Enter")
    mute = row.get_by_role("button", name="Mute this thread")
    expect(mute).to_be_visible()
    expect(row.get_by_role("button", name=f"Mute {dana.name}")).to_be_visible()
    mute.focus()
    first.page.keyboard.press("Enter")
    expect(first.toasts.filter(has_text="This thread is muted.")).to_have_count(1)
    dana.send(alice, type="warning", title="Disk again", thread="disk")
    dana.send(alice, type="warning", title="Disk on fire", thread="disk", priority="urgent")
    expect(second.toasts.filter(has_text="Disk on fire")).to_have_count(1)
    assert "Disk again" not in second.toast_titles()

    row.get_by_role("button", name="More").click()
    row.get_by_role("link", name="Why did I get this?").click()
    expect(first.page.get_by_role("heading", name="Why did I get this?")).to_be_visible()
    assert_accessible(first.page, "why")
    first.page.get_by_role("button", name="Unmute this thread").click()
    expect(first.page.get_by_text("It is muted no more.")).to_be_visible()
    dana.send(alice, type="error", title="Disk is loud", thread="disk")
    expect(second.toasts.filter(has_text="Disk is loud")).to_have_count(1)


def test_pause_silences_and_resume_ends_it_on_every_device(
    reader: Reader, read_by: ReadBy, site: Site, alice: Person, dana: Person
) -> None:
    tab, other, phone = reader.open("/notifications"), reader.open("/settings"), read_by(site, alice).open("/notifications")
    tab.open_bell()
    pauses = [each.page.locator("#pause") for each in (tab, other, phone)]
    pauses[0].get_by_role("button", name="1 hour").click()
    for pause in pauses:
        expect(pause).to_contain_text("Paused until")
    dana.send(alice, type="error", title="Quiet")
    expect(tab.badge).to_have_text("1")
    assert tab.toast_titles() == []
    phone.open_bell()
    pauses[2].get_by_role("button", name="Resume").click()
    for pause in pauses:
        expect(pause).to_contain_text("Pause:")
    dana.send(alice, type="error", title="Loud")
    for device in (tab, phone):
        expect(device.toasts).to_have_count(1)
        assert device.toast_titles() == ["Loud"]
    alice.post("/api/pause", json={"until": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})
    expect(pauses[0]).to_contain_text("Paused until")
    with site.elsewhere(), database.write() as transaction:
        transaction.execute(update(Attention).values(paused_until=now()))
    expect(pauses[0]).to_contain_text("Pause:")


def test_browser_teaches_its_zone_and_pages_are_accessible(site: Site, read_by: ReadBy, alice: Person) -> None:
    reader = read_by(site, alice, timezone_id="Europe/Berlin", reduced_motion="reduce")
    tab = reader.open("/notifications")
    tab.open_bell()
    assert_accessible(tab.page, "panel with pause")
    tab = reader.open("/settings/notifications")
    expect(tab.page.get_by_text("Europe/Berlin")).to_be_visible()
    tab.page.get_by_role("button", name="Save quiet hours").click()
    expect(tab.page.get_by_text("Urgent ones still come through.")).to_be_visible()
    alice.post("/api/mutes", json={"kind": "thread", "value": "t-1"})
    tab = reader.open("/settings/notifications")
    assert_accessible(tab.page, "what reaches you")
    tab = reader.open("/notifications?status=snoozed")
    assert_accessible(tab.page, "snoozed")


def test_reason_has_a_line_of_its_own_on_a_phone(site: Site, read_by: ReadBy, alice: Person, dana: Person) -> None:
    alice.post("/api/mutes", json={"kind": "thread", "value": "t-1"})
    dana.send(alice, title="Ready", message="The export", thread="t-1")
    reader = read_by(site, alice, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    item = reader.open("/notifications?status=archived").history
    note, text = item.locator(".note"), item.locator(".item-line")
    expect(note).to_have_text("Archived on arrival: you muted this thread")
    below, above = note.bounding_box(), text.bounding_box()
    assert below and above and below["x"] == above["x"] and below["y"] >= above["y"] + above["height"]
    assert note.evaluate("note => note.scrollWidth <= note.clientWidth")
