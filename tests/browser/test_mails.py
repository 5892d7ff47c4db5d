"""Mails as programs show them, and pages of e-mail that stay current."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from notifier.channels.email.letters import Letters
from notifier.channels.ports import Kind
from notifier.database_app import ROOT
from notifier.mail_addresses import Mailbox
from notifier.services.accounts import addresses, users
from notifier.services.outbox import link_tokens
from tests.api_client import Person
from tests.browser.axe import assert_accessible
from tests.browser.reader import Reader
from tests.outbox.office import HERE, category
from tests.site import Site
from tests.unit.channels.test_letters import ITEM, ONE

NARROW = 320


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    """No mail is due in these tests, so nothing listens there."""
    return {"MAIL_URL": "smtp://127.0.0.1:9", "PUBLIC_URL": HERE}


def test_mails_are_accessible_and_fit_narrow_windows(browser: Browser) -> None:
    letters = Letters(Mailbox("Notify", "notifier@example.com"), "notify.example.com", Path(ROOT) / "templates" / "mail")
    long = replace(ONE, items=(replace(ITEM, title="x" * 200, text="y" * 300, priority="urgent"),))
    digest = replace(ONE, kind=Kind.DIGEST, frequency="daily", items=(ITEM, replace(ITEM, category="Alarms")), more=12, unsubscribe="")
    page = browser.new_page(viewport={"width": NARROW, "height": 600})
    try:
        for mail in (long, digest):
            part = message_from_bytes(letters.write(mail), policy=policy.default).get_body(("html",))
            assert part is not None
            page.set_content(part.get_content())
            assert page.evaluate("document.documentElement.scrollWidth") == NARROW
            assert_accessible(page, mail.kind)
    finally:
        page.close()


def test_one_click_is_shown_on_an_open_settings_page(reader: Reader, site: Site, alice: Person) -> None:
    with site.elsewhere():
        account = users.by_name(alice.name)
        category("videos")
        addresses.set_confirmed(account.id, account.name, "alice@example.com")
        path = f"/u/{link_tokens.unsubscribe(account.public_id, 'videos', 'email')}"
    tab = reader.open("/settings/notifications")
    cell = tab.page.get_by_label("Videos: E-mail")
    expect(cell).to_have_value("unread")
    assert_accessible(tab.page, "preferences")

    assert site.api.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    expect(cell).to_have_value("off")
    expect(tab.page.get_by_label("Videos: In the app")).to_have_value("on")


def test_pages_of_e_mail_are_accessible(reader: Reader, browser: Browser, site: Site, alice: Person) -> None:
    with site.elsewhere():
        account = users.by_name(alice.name)
        addresses.set_confirmed(account.id, account.name, "alice@example.com")
        path = f"/u/{link_tokens.unsubscribe(account.public_id, 'other', 'email')}"
        confirm = f"/confirm/{link_tokens.confirm(account.public_id, 'alice@example.com')}"
    assert_accessible(reader.open("/settings").page, "settings")
    page = browser.new_page()
    try:
        page.goto(site.url + confirm)
        assert_accessible(page, "confirm")
        page.goto(site.url + path)
        assert_accessible(page, "unsubscribe")
        page.get_by_role("button", name="Stop these e-mails").click()
        expect(page.get_by_role("heading", name="Done.")).to_be_visible()
        assert_accessible(page, "unsubscribed")
    finally:
        page.close()
