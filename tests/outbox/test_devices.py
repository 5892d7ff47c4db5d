"""Devices, on both databases: the ones that their service refuses, taken over, renewed, and what is no subscription."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifier import database
from notifier.channels.ports import Subscription
from notifier.errors import Invalid, NotFound
from notifier.extensions import db
from notifier.models import SignIn
from notifier.services.accounts import password_changes, sign_ins
from notifier.services.accounts.users import Account
from notifier.services.outbox import deliveries
from notifier.services.push import devices, keys
from tests.outbox.push_office import PushOffice


def test_dead_devices_are_removed(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    gone, refused = push_office.device(alice), push_office.device(alice)
    gone.answers, refused.answers = [(410, {})], [(403, {})] * 3
    left = []
    for _ in range(3):
        push_office.send(alice, priority="urgent")
        push_office.work()
        left.append(len(devices.listing(alice.id)))

    assert left == [1, 1, 0]
    assert gone.requests == 1 and refused.requests == 3
    assert push_office.states(alice)[0] == ("skipped", "no_device")


def test_pushes_end_with_the_sign_in_and_go_to_the_next_person(push_office: PushOffice) -> None:
    alice, bob = push_office.person("alice"), push_office.person("bob")
    sign_in = _sign_in(alice)
    browser = push_office.device(alice, sign_in)
    push_office.send(alice, title="For Alice", priority="urgent")
    push_office.plan()
    sign_ins.end(alice.id, sign_in)
    devices.add(bob.id, _sign_in(bob), Subscription(**browser.form), "Chromium on Linux")
    push_office.send(alice, title="For Alice, later", priority="urgent")
    push_office.send(bob, title="For Bob", priority="urgent")
    push_office.work()

    assert [push.content["title"] for push in browser.pushes] == ["For Bob"]
    assert push_office.states(alice) == [("skipped", "no_device")]
    password_changes.set_password(bob, "another correct horse battery")
    assert devices.listing(bob.id) == []


def test_device_is_taken_over_with_what_waits_for_it(push_office: PushOffice) -> None:
    alice, bob = push_office.person("alice"), push_office.person("bob")
    browser = push_office.device(alice)
    push_office.send(alice, priority="urgent")
    push_office.plan()
    devices.add(bob.id, None, Subscription(**browser.form), "Chromium on Linux")
    push_office.work()

    assert browser.requests == 0
    assert devices.listing(alice.id) == []


def test_changed_subscription_is_renewed_by_its_secret(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    old, new = push_office.device(alice), push_office.service.browser()
    with pytest.raises(NotFound):
        devices.renew(old.endpoint, new.auth, Subscription(**new.form))
    devices.renew(old.endpoint, old.auth, Subscription(**new.form))
    deliveries.send_test_push(alice.id, devices.listing(alice.id)[0].public_id)
    push_office.work()

    assert [push.content["title"] for push in new.pushes] == ["Test"]


def test_addresses_and_keys_are_checked(push_office: PushOffice) -> None:
    alice, good = push_office.person("alice"), push_office.service.browser().form
    push_office.app.config |= {"ALLOW_PRIVATE_TARGETS": True, "ALLOW_PRIVATE_PUSH": False}
    https = good | {"endpoint": "https://push.example.com/1"}
    bad = {
        "http": good | {"endpoint": "http://push.example.com/1"},
        "localhost": good | {"endpoint": "https://localhost/1"},
        "private": good | {"endpoint": "https://10.0.0.1/1"},
        "scheme": good | {"endpoint": "ftp://push.example.com/1"},
        "credentials": good | {"endpoint": "https://user:secret@push.example.com/1"},
        "long": good | {"endpoint": f"https://push.example.com/{'x' * 3000}"},
        "point": https | {"p256dh": "AAAA"},
        "curve": https | {"p256dh": _point_of_another_curve()},
        "text": https | {"p256dh": "!"},
        "auth": https | {"auth": "AAAA"},
    }
    fields, found = {"point": "p256dh", "curve": "p256dh", "text": "p256dh", "auth": "auth"}, dict[str, str]()
    for why, form in bad.items():
        with pytest.raises(Invalid) as refused:
            devices.add(alice.id, None, Subscription(**form), why)
        found[why] = refused.value.errors[0].field
    assert found == {why: fields.get(why, "endpoint") for why in bad}
    assert devices.listing(alice.id) == []
    devices.add(alice.id, None, Subscription(**https), "good")


def test_key_is_made_once(push_office: PushOffice) -> None:
    first = keys.private_key()

    assert keys._make() == first
    assert len(keys.public_key()) == 87


def _sign_in(account: Account) -> int:
    sign_ins.start(account)
    with database.read() as connection:
        found = connection.scalar(db.select(SignIn.id).where(SignIn.user_id == account.id).order_by(SignIn.id.desc()))
    assert found is not None
    return int(found)


def _point_of_another_curve() -> str:
    """As long as one of P-256, whose curve it is not on."""
    point = ec.generate_private_key(ec.SECP256K1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()
