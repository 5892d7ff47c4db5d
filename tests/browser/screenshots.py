"""Take screenshots of the pages: the README's by default, every page with `--all DIRECTORY`.

The pages come from a real server with users of its own, and are drawn by a real browser.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import update

from notifier import database
from notifier.models import Message
from notifier.models.user import Role
from notifier.services.accounts import users
from tests.api_client import Person
from tests.browser.chromium import launch_options
from tests.browser.reader import Reader, Tab
from tests.databases import SqliteDatabases
from tests.people import PASSWORD
from tests.servers import Notifier
from tests.servers.notifier import ROOT
from tests.site import Site, open_site

_DOCS = ROOT / "docs"
_DESK = {"width": 1100, "height": 640}
_WIDE = {"width": 1180, "height": 820}
_PHONE = {"width": 390, "height": 844}

_OF_ADMINS = (
    "/sessions",
    "/admin",
    "/admin/send",
    "/admin/sent",
    "/admin/users",
    "/admin/groups",
    "/admin/keys",
    "/admin/connections",
    "/admin/audit",
)

_EARLIER: tuple[dict[str, Any], ...] = (
    {"title": "Welcome to notifier", "message": "This is your inbox. What is sent to you appears here at once."},
    {"title": "Bob shared “Autumn plan” with you", "type": "document_shared", "actions": [{"label": "Open", "url": "/settings"}]},
    {"title": "Storage is almost full", "message": "1.2 GB of 20 GB are left.", "type": "warning", "priority": "high"},
    {"title": "Export complete", "message": "412 rows, 3 files", "type": "success", "actions": [{"label": "Download", "url": "/settings"}]},
    {"title": "Video Generation Failed", "message": "The render farm ran out of memory after 82 %.", "type": "video_failed"},
)
_NOW = {
    "title": "Video Ready!",
    "message": "“Introduction to coaching” has been processed.",
    "type": "video_complete",
    "actions": [{"label": "Watch Now", "url": "/settings"}],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="DIRECTORY")
    directory = parser.parse_args().all
    with _open_browser() as (browser, site):
        if directory is None:
            _pictures_of_readme(browser, site)
        else:
            directory.mkdir(parents=True, exist_ok=True)
            _every_page(browser, site, directory)


def _pictures_of_readme(browser: Browser, site: Site) -> None:
    """The panel over the history, the history with a selection, and the send form."""
    with _reader(browser, site, named="alice", viewport=_WIDE) as (reader, sender):
        tab = reader.open()
        sender.send(reader.person, **_NOW)
        tab.toasts.wait_for()
        tab.open_bell()
        _take(tab, _DOCS / "notifier.png")
        with Reader(browser, site, reader.person, viewport=_WIDE, color_scheme="dark") as dark:
            _take(_select_two(dark.open()), _DOCS / "history.png")
    with site.elsewhere():
        users.create_user("bob", PASSWORD, Role.SENDER)
    with Reader(browser, site, site.api.login("bob", PASSWORD), viewport=_WIDE) as reader:
        _take(_fill_in(reader.open("/admin/send")), _DOCS / "send.png")


def _select_two(tab: Tab) -> Tab:
    tab.history.nth(3).locator("summary").click()
    for index in (1, 2):
        tab.history.nth(index).get_by_label("Select").check()
    tab.page.mouse.move(5, 700)
    return tab


def _fill_in(tab: Tab) -> Tab:
    tab.page.get_by_label("To", exact=True).press_sequentially("alice,bob,")
    for label, text in (("Title", "Planned maintenance"), ("Message", "The build farm restarts at ten."), ("Action label", "Details")):
        tab.page.get_by_label(label, exact=True).fill(text)
    tab.page.get_by_label("Action URL", exact=True).fill("/maintenance")
    tab.page.get_by_role("button", name="warning").click()
    tab.page.get_by_text("Reaches 2 people").wait_for()
    tab.page.locator("#preview .toast").get_by_text("Details").wait_for()
    tab.page.get_by_label("Title", exact=True).focus()
    tab.page.evaluate("scrollTo(0, 0)")
    return tab


def _every_page(browser: Browser, site: Site, directory: Path) -> None:
    for scheme in ("light", "dark"):
        for place, viewport in (("desk", _DESK), ("phone", _PHONE)):
            looks: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme, "is_mobile": viewport == _PHONE}
            with _reader(browser, site, **looks) as (reader, sender):
                for name, tab in _states(reader, sender):
                    _take(tab, directory / f"{name}-{place}-{scheme}.png", full_page=name == "long")
            with Reader(browser, site, site.person("empty"), **looks) as reader:
                tab = reader.open()
                tab.open_bell()
                _take(tab, directory / f"empty-{place}-{scheme}.png")
            with Reader(browser, site, site.person("admin", "admin"), **looks) as reader:
                tab = reader.open()
                for page in _OF_ADMINS:
                    tab.page.goto(page)
                    _take(tab, directory / f"{page[1:].replace('/', '-')}-{place}-{scheme}.png", full_page=True)
            with Reader(browser, site, site.person("stranger"), sign_in=False, **looks) as reader:
                tab = reader.open("/login", live=False)
                tab.page.get_by_label("Username").fill("nobody")
                tab.page.get_by_label("Password").fill("nothing")
                tab.page.get_by_role("button", name="Sign in").click()
                tab.page.get_by_role("alert").wait_for()
                _take(tab, directory / f"login-{place}-{scheme}.png")


def _states(reader: Reader, sender: Person) -> Iterator[tuple[str, Tab]]:
    """Yield the states worth a picture, one after the other in one tab."""
    tab = reader.open()
    yield "history", tab
    sender.send(reader.person, **_NOW)
    tab.toasts.wait_for()
    tab.open_bell()
    yield "bell", tab
    for number in range(4):
        sender.send(reader.person, title=f"Import {number + 1} failed", message="The file has no header line.", type="error")
    tab.page.get_by_role("link", name="+2 more").wait_for()
    tab.page.get_by_role("button", name="Mark all as read").click()
    tab.page.locator("#undo").get_by_role("button", name="Undo").wait_for()
    yield "undo", tab
    tab.page.keyboard.press("Escape")
    yield "toasts", tab
    yield "long", tab
    reader.context.set_offline(True)
    tab.banner.wait_for()
    yield "banner", tab
    reader.context.set_offline(False)
    tab.wait_for("live")
    for name, path in (("filtered", "/notifications?status=unread&q=nothing"), ("settings", "/settings"), ("refused", "/nowhere")):
        tab.page.goto(path)
        yield name, tab


@contextmanager
def _reader(browser: Browser, site: Site, named: str = "", **looks: Any) -> Iterator[tuple[Reader, Person]]:
    """A user with notifications of the last two days in a browser, and a sender.

    The user is created as `named`, or with a generated name like alice's.
    """
    sender = site.person("sender", "sender")
    alice = _person(site, named) if named else site.person("alice")
    for hours, message in zip((47, 25, 6, 3, 1), _EARLIER, strict=True):
        _date_back(site, sender.send(alice, **message)["id"], timedelta(hours=hours))
    for item in alice.get("/api/notifications").json()[2:]:
        alice.patch(f"/api/notifications/{item['id']}", json={"status": "read"})
    with Reader(browser, site, alice, **looks) as reader:
        yield reader, sender


def _person(site: Site, name: str) -> Person:
    with site.elsewhere():
        users.create_user(name, PASSWORD)
    return site.api.login(name, PASSWORD)


def _date_back(site: Site, public_id: str, age: timedelta) -> None:
    with site.elsewhere(), database.write() as transaction:
        then = database.clock(transaction) - age
        transaction.execute(update(Message).where(Message.public_id == public_id).values(created_at=then))


def _take(tab: Tab, file: Path, *, full_page: bool = False) -> None:
    ended = "life.animationName === 'toast-in' || life.transitionProperty"
    tab.page.evaluate(f"document.getAnimations().forEach((life) => ({ended}) && life.finish())")
    tab.page.screenshot(path=file, full_page=full_page, scale="css")
    print(f"{file}: {file.stat().st_size // 1024} KiB")


@contextmanager
def _open_browser() -> Iterator[tuple[Browser, Site]]:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        directory = Path(name)
        with SqliteDatabases(directory).fresh() as url, open_site(Notifier(url, directory)) as site:
            browser = playwright.chromium.launch(**launch_options())
            yield browser, site
            browser.close()


if __name__ == "__main__":
    main()
