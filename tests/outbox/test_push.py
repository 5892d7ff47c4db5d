"""Browser push: what is still unseen, to each device, and what becomes of a device that its service refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask

from notifier import create_app, database
from notifier.channels.ports import Subscription
from notifier.errors import Invalid, NotFound
from notifier.extensions import db
from notifier.models import SignIn
from notifier.models.columns import now
from notifier.services import configured_channels
from notifier.services.accounts import passwords, sign_ins, users
from notifier.services.accounts.users import Account
from notifier.services.inbox import receipts
from notifier.services.outbox import channel_trace, deliveries, senders
from notifier.services.outbox.resting import Resting
from notifier.services.preferences import pauses
from notifier.services.push import devices, keys
from tests.databases import Databases
from tests.outbox.office import Office
from tests.people import CHEAP_HASHER
from tests.servers import MailServer
from tests.servers.notifier import QUIET_SETTINGS
from tests.servers.push_service import Browser, PushService

CONTACT = "mailto:ops@example.com"


class PushOffice(Office):
    """Users with devices, and the outbox of push."""

    def __init__(self, app: Flask, service: PushService) -> None:
        super().__init__(app, MailServer.__new__(MailServer))
        self.service = service

    def device(self, account: Account, sign_in: int | None = None) -> Browser:
        browser = self.service.browser()
        devices.add(account.id, sign_in, Subscription(**browser.form), "Chromium on Linux")
        return browser

    def work(self) -> None:
        self.plan()
        while senders.send_next(configured_channels.by_name()["push"], self.breaker, Resting()):
            pass


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with PushService() as found:
        yield found


@pytest.fixture
def office(database_url: str, service: PushService) -> Iterator[PushOffice]:
    settings = {"DATABASE_URL": database_url, "PUSH_CONTACT": CONTACT, "ALLOW_PRIVATE_TARGETS": True}
    app = create_app(QUIET_SETTINGS | settings)
    with app.app_context(), patch.object(passwords, "_hasher", CHEAP_HASHER):
        yield PushOffice(app, service)
        db.session.remove()
        db.engine.dispose()


def test_push_is_signed_encrypted_and_sent_to_each_device(office: PushOffice) -> None:
    alice = office.person("alice")
    laptop, phone = office.device(alice), office.device(alice)
    sent = office.send(alice, title="Video Ready!", message="é" * 3000, actions=[{"label": "Watch", "url": "/videos/1"}])
    office.work()
    assert laptop.requests == phone.requests == 0

    office.later(seconds=10)
    office.work()
    office.work()

    for browser in (laptop, phone):
        (push,) = browser.pushes
        assert push.claims["sub"] == CONTACT
        assert push.headers["Urgency"] == "normal" and 86_000 < int(push.headers["TTL"]) <= 86_400 and len(push.headers["Topic"]) == 32
        assert push.content["title"] == "Video Ready!" and push.content["text"].endswith("é…")
        assert push.content["url"] == f"/go/{sent.message}/0"
        assert (push.content["id"], push.content["unread"], push.content["open"]) == (sent.message, 1, [sent.message])
    assert [found.event for found in channel_trace.of(office.message_id(sent), alice.id)] == ["sent", "sent"]


def test_only_what_is_unseen_is_pushed_and_what_is_urgent_at_once(office: PushOffice) -> None:
    alice = office.person("alice")
    browser = office.device(alice)
    seen = office.send(alice, title="Seen")
    receipts.shown(alice.id, [seen.message])
    read = office.send(alice, title="Read")
    office.read(alice)
    office.send(alice, title="Unseen")
    office.send(alice, title="Urgent", priority="urgent")
    office.work()
    assert [push.content["title"] for push in browser.pushes] == ["Urgent"]

    office.later(seconds=10)
    office.work()

    assert [push.content["title"] for push in browser.pushes] == ["Urgent", "Unseen"]
    assert [len(push.content["open"]) for push in browser.pushes] == [2, 2]
    assert channel_trace.of(office.message_id(read), alice.id)[0].reason == "read_meanwhile"
    assert office.states(alice)[0] in {("skipped", "read_meanwhile"), ("sent", None)}


def test_notification_seen_between_planning_and_sending_is_not_pushed(office: PushOffice) -> None:
    alice = office.person("alice")
    browser = office.device(alice)
    sent = office.send(alice)
    office.later(seconds=10)
    office.plan()
    receipts.shown(alice.id, [sent.message])
    office.work()

    assert browser.requests == 0
    assert office.states(alice) == [("skipped", "seen_meanwhile")]


def test_update_by_collapse_key_replaces_the_push(office: PushOffice) -> None:
    alice = office.person("alice")
    browser = office.device(alice)
    for title in ("First", "Second"):
        office.send(alice, title=title, collapse_key="job", priority="urgent")
        office.work()

    first, second = browser.pushes
    assert first.content["id"] == second.content["id"]
    assert first.headers["Topic"] == second.headers["Topic"]
    assert second.content["title"] == "Second"


def test_pause_delays_a_push_until_its_end(office: PushOffice) -> None:
    alice = office.person("alice")
    browser = office.device(alice)
    pauses.pause(alice.id, now() + timedelta(hours=8))
    office.send(alice)
    office.later(minutes=1)
    office.work()
    assert browser.requests == 0

    office.later(hours=8)
    office.work()

    assert len(browser.pushes) == 1


def test_dead_devices_are_removed(office: PushOffice) -> None:
    alice = office.person("alice")
    gone, refused = office.device(alice), office.device(alice)
    gone.answers, refused.answers = [(410, {})], [(403, {})] * 3
    left = []
    for _ in range(3):
        office.send(alice, priority="urgent")
        office.work()
        left.append(len(devices.listing(alice.id)))

    assert left == [1, 1, 0]
    assert gone.requests == 1 and refused.requests == 3
    assert office.states(alice)[0] == ("skipped", "no_device")


def test_answers_of_a_service_are_heeded(office: PushOffice) -> None:
    alice = office.person("alice")
    browser = office.device(alice)
    browser.answers = [(413, {}), (201, {}), (500, {"Retry-After": "120"})]
    office.send(alice, title="Large", message="text", priority="urgent")
    office.work()
    assert browser.requests == 2 and browser.pushes[0].content["text"] == ""

    office.send(alice, title="Later", priority="urgent")
    office.work()
    office.later(seconds=110)
    office.work()
    assert browser.requests == 3
    office.later(seconds=11)
    office.work()

    assert [push.content["title"] for push in browser.pushes] == ["Large", "Later"]


def test_pushes_end_with_the_sign_in_and_go_to_the_next_person(office: PushOffice) -> None:
    alice, bob = office.person("alice"), office.person("bob")
    sign_in = _sign_in(alice)
    browser = office.device(alice, sign_in)
    office.send(alice, title="For Alice", priority="urgent")
    office.plan()
    sign_ins.end(alice.id, sign_in)
    devices.add(bob.id, _sign_in(bob), Subscription(**browser.form), "Chromium on Linux")
    office.send(alice, title="For Alice, later", priority="urgent")
    office.send(bob, title="For Bob", priority="urgent")
    office.work()

    assert [push.content["title"] for push in browser.pushes] == ["For Bob"]
    assert office.states(alice) == [("skipped", "no_device")]
    users.set_password(bob, "another correct horse battery")
    assert devices.listing(bob.id) == []


def test_device_is_taken_over_with_what_waits_for_it(office: PushOffice) -> None:
    alice, bob = office.person("alice"), office.person("bob")
    browser = office.device(alice)
    office.send(alice, priority="urgent")
    office.plan()
    devices.add(bob.id, None, Subscription(**browser.form), "Chromium on Linux")
    office.work()

    assert browser.requests == 0
    assert devices.listing(alice.id) == []


def test_changed_subscription_is_renewed_by_its_secret(office: PushOffice) -> None:
    alice = office.person("alice")
    old, new = office.device(alice), office.service.browser()
    with pytest.raises(NotFound):
        devices.renew(old.endpoint, new.auth, Subscription(**new.form))
    devices.renew(old.endpoint, old.auth, Subscription(**new.form))
    deliveries.send_test_push(alice.id, devices.listing(alice.id)[0].public_id)
    office.work()

    assert [push.content["title"] for push in new.pushes] == ["Test"]


def test_addresses_and_keys_are_checked(office: PushOffice) -> None:
    alice, good = office.person("alice"), office.service.browser().form
    office.app.config["ALLOW_PRIVATE_TARGETS"] = False
    https = good | {"endpoint": "https://push.example.com/1"}
    bad = {
        "http": good | {"endpoint": "http://push.example.com/1"},
        "localhost": good | {"endpoint": "https://localhost/1"},
        "private": good | {"endpoint": "https://10.0.0.1/1"},
        "long": good | {"endpoint": f"https://push.example.com/{'x' * 1000}"},
        "point": https | {"p256dh": "AAAA"},
        "text": https | {"p256dh": "!"},
        "auth": https | {"auth": "AAAA"},
    }
    for why, form in bad.items():
        with pytest.raises(Invalid):
            devices.add(alice.id, None, Subscription(**form), why)
    assert devices.listing(alice.id) == []
    devices.add(alice.id, None, Subscription(**https), "good")


def test_key_is_made_once(office: PushOffice) -> None:
    first = keys.private_key()

    assert keys._make() == first
    assert len(keys.public_key()) == 87


def _sign_in(account: Account) -> int:
    sign_ins.start(account)
    with database.read() as connection:
        found = connection.scalar(db.select(SignIn.id).where(SignIn.user_id == account.id).order_by(SignIn.id.desc()))
    assert found is not None
    return int(found)


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases
