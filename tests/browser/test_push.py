"""Browser push in Chromium, from the click in the settings to what the service worker shows.

No provider is asked: subscribing is replaced by a test key and a push service on this machine, which decrypts; the DevTools hand the
content to the real service worker. Steps are made due by the tests, so nothing here waits for PUSH_AFTER_SECONDS.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserType, CDPSession, expect
from sqlalchemy import select, update

from notifier import database
from notifier.models import Delivery, Notification, Step
from notifier.models.columns import now
from notifier.services.accounts import users
from notifier.services.push import keys
from tests.api_client import Person
from tests.browser.axe import assert_accessible
from tests.browser.chromium import ChromiumMissing, launch_options
from tests.browser.reader import Reader, Tab
from tests.servers.push_service import Browser, PushService
from tests.site import Site
from tests.waiting import eventually

_SUBSCRIBE = """
(() => {
  const { endpoint, p256dh, auth } = FORM;
  const drop = async () => { localStorage.removeItem('pushed'); return true; };
  const made = { endpoint, toJSON: () => ({ endpoint, keys: { p256dh, auth } }), unsubscribe: drop };
  PushManager.prototype.getSubscription = async () => (localStorage.getItem('pushed') ? made : null);
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (userVisibleOnly) localStorage.setItem('pushed', applicationServerKey);
    return made;
  };
})();
"""
_DELIVERIES = 5
_HIDDEN = "(hidden) => Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })"
# A push that comes before the worker is active is dropped.
_ACTIVE = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  while (active.state !== 'activated') await new Promise((then) => active.addEventListener('statechange', then, { once: true }));
}"""
_SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }))"""


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"PUSH_CONTACT": "mailto:ops@example.com", "PUSH_AFTER_SECONDS": 3600, "ALLOW_PRIVATE_PUSH": True}


@pytest.fixture(scope="module")
def browser(browser_type: BrowserType) -> Iterator[Chromium]:
    try:
        options = launch_options(shell=False)
    except ChromiumMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    with closing(browser_type.launch(**options)) as found:
        yield found


@pytest.fixture
def browser_of_alice() -> Iterator[Browser]:
    with PushService() as service:
        yield service.browser()


class Worker:
    """The service worker of a tab's site."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._registrations: list[str] = []
        self._devtools: CDPSession = tab.page.context.new_cdp_session(tab.page)
        self._devtools.on("ServiceWorker.workerRegistrationUpdated", self._found)
        self._devtools.send("ServiceWorker.enable")

    def show(self, content: Mapping[str, Any], *expected: Mapping[str, Any]) -> None:
        """Hand over a push, as the browser's own service would, until just the expected notifications are shown.

        The DevTools drop a push while the browser is busy starting the worker: one in ten with seven browsers on two cores.
        """
        eventually(self._registration)
        self._tab.page.evaluate(_ACTIVE)
        for _ in range(_DELIVERIES):
            self._deliver(content)
            with suppress(AssertionError):
                eventually(lambda: self._matches(expected), within=5)
                return
        raise AssertionError(f"shown: {self.shown()}")

    def _matches(self, expected: Sequence[Mapping[str, Any]]) -> bool:
        shown = self.shown()
        return len(shown) == len(expected) and all(one.items() >= parts.items() for one, parts in zip(shown, expected, strict=True))

    def _deliver(self, content: Mapping[str, Any]) -> None:
        where = {"origin": self._tab.reader.url, "registrationId": self._registrations[-1]}
        self._devtools.send("ServiceWorker.deliverPushMessage", where | {"data": json.dumps(content)})

    def shown(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self._tab.page.evaluate(_SHOWN)
        return found

    def _registration(self) -> bool:
        self._tab.page.evaluate("1")  # lets events in
        return bool(self._registrations)

    def _found(self, event: dict[str, Any]) -> None:
        self._registrations += [one["registrationId"] for one in event["registrations"] if not one["isDeleted"]]


def turn_on(reader: Reader, browser: Browser) -> Tab:
    reader.context.grant_permissions(["notifications"])
    reader.context.add_init_script(_SUBSCRIBE.replace("FORM", json.dumps(browser.form)))
    tab = reader.open("/settings")
    tab.page.get_by_role("button", name="Turn on push").click()
    expect(tab.page.get_by_text("Push is on for:")).to_be_visible()
    expect(tab.page.locator("#push li")).to_contain_text("Chromium on Linux (this one)")
    tab.wait_for("live")
    return tab


def make_due(site: Site) -> None:
    with site.elsewhere(), database.write() as transaction:
        transaction.execute(update(Step).where(Step.done_at.is_(None)).values(due_at=now()))


def reasons(site: Site, person: Person) -> list[tuple[str, str | None]]:
    with site.elsewhere(), database.read() as connection:
        own = select(Delivery.state, Delivery.reason).where(Delivery.user_id == users.by_name(person.name).id)
        return [(row.state, row.reason) for row in connection.execute(own.order_by(Delivery.id))]


def test_push_is_shown_replaced_and_closed(reader: Reader, site: Site, alice: Person, dana: Person, browser_of_alice: Browser) -> None:
    tab = turn_on(reader, browser_of_alice)
    with site.elsewhere():
        assert tab.page.evaluate("localStorage.getItem('pushed')") == keys.public_key()
    assert_accessible(tab.page, "settings")
    worker = Worker(tab)
    tab.page.evaluate(_HIDDEN, True)
    job: dict[str, Any] = {"collapse_key": "job", "actions": [{"label": "Watch", "url": "/videos/1"}]}
    sent = dana.send(alice, title="Video Ready!", message="Your video is ready.", **job)
    make_due(site)
    (first,) = eventually(lambda: browser_of_alice.pushes)

    ready = {"title": "Video Ready!", "body": "Your video is ready.", "tag": sent["id"], "url": f"/go/{sent['id']}/0"}
    worker.show(first.content, ready)

    dana.send(alice, title="Video even better!", message="Your video is better.", **job)
    make_due(site)
    eventually(lambda: len(browser_of_alice.pushes) == 2)
    better = ready | {"title": "Video even better!", "body": "Your video is better."}
    worker.show(browser_of_alice.pushes[1].content, better)

    alice.post("/api/notifications/read-all")
    eventually(lambda: worker.shown() == [], why=lambda: str(worker.shown()))
    rest = {"title": "", "text": "", "url": "/", "unread": 1}
    worker.show({"id": "a", "open": ["a"]} | rest, {"tag": "a"})
    worker.show({"id": "b", "open": ["b"]} | rest, {"tag": "b"})
    assert reasons(site, alice)[-1] == ("sent", None)


def test_toast_in_a_visible_tab_is_no_push(reader: Reader, site: Site, alice: Person, dana: Person, browser_of_alice: Browser) -> None:
    tab = turn_on(reader, browser_of_alice)
    dana.send(alice, title="On the screen", type="success", priority="high")
    expect(tab.page.locator(".toast[data-seen]")).to_have_count(1)
    eventually(lambda: seen(site, alice))
    make_due(site)

    eventually(lambda: reasons(site, alice) == [("skipped", "seen_meanwhile")], why=lambda: str(reasons(site, alice)))
    assert browser_of_alice.requests == 0


def test_device_is_tested_and_removed(reader: Reader, alice: Person, browser_of_alice: Browser) -> None:
    tab = turn_on(reader, browser_of_alice)
    tab.page.get_by_role("button", name="Send a test").click()
    (test,) = eventually(lambda: browser_of_alice.pushes)
    assert test.content["title"] == "Test"

    tab.page.get_by_role("button", name="Remove").click()
    expect(tab.page.get_by_text("Push is off for that device.")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Turn on push")).to_be_visible()
    expect(tab.page.get_by_text("Push is on for:")).to_have_count(0)


def test_blocked_notifications_are_explained(reader: Reader) -> None:
    reader.context.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    tab = reader.open("/settings")

    expect(tab.page.get_by_text("Your browser has blocked notifications for this site")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Turn on push")).to_be_hidden()


def seen(site: Site, person: Person) -> bool:
    with site.elsewhere(), database.read() as connection:
        own = Notification.user_id == users.by_name(person.name).id
        return connection.scalar(select(Notification.id).where(own, Notification.seen_at.is_not(None))) is not None
