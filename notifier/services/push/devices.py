"""Devices: add, renew and remove the browsers to which a user's notifications are pushed."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from flask import current_app
from sqlalchemy import Connection, bindparam, delete, exists, literal_column, select, update

from notifier import database
from notifier.channels import egress, guard
from notifier.channels.ports import Subscription
from notifier.database.json_sql import in_parameter, json_array
from notifier.database.upsert import insert
from notifier.errors import NotFound, TooMany, invalid
from notifier.models import Device, SignIn
from notifier.models.columns import new_public_id, now

PUSH = "push"
MAX_REFUSALS = 3
"""Refusals in a row after which a device is removed."""
_MAX_DEVICES = 20
_MAX_ENDPOINT_LENGTH = 1000
_AUTH_BYTES = 16
_SIGN_IN = (SignIn.id == Device.sign_in_id) & SignIn.revoked_at.is_(None) & (SignIn.expires_at > bindparam("now"))
_IS_SIGNED_IN = Device.sign_in_id.is_(None) | exists().where(_SIGN_IN)
# Built once: these run at every send and every push.
_FIRST, _LAST = (bindparam(name, type_=Device.user_id.type) for name in ("first", "last"))
_ANY_BETWEEN = database.Prepared(select(Device.id).where(Device.user_id.between(_FIRST, _LAST)).limit(literal_column("1")))
_ONE = database.Prepared(
    select(Device.endpoint, Device.p256dh, Device.auth).where(
        Device.user_id == bindparam("user_id"), Device.public_id == bindparam("device"), _IS_SIGNED_IN
    )
)
_OF_USERS = database.Prepared(
    select(Device.user_id, Device.public_id).where(in_parameter(Device.user_id, "users"), _IS_SIGNED_IN).order_by(Device.id)
)
_REACHED = database.Prepared(update(Device).where(Device.public_id == bindparam("device")).values(failures=0, last_ok_at=bindparam("now")))


def add(user_id: int, sign_in_id: int | None, given: Subscription, label: str) -> str:
    """Add a device of a user, or take it over from the user before. Returns its public id.

    Raises `Invalid`, and `TooMany` for more than twenty devices.
    """
    _check(given)
    with database.write() as transaction:
        own = list(transaction.scalars(select(Device.endpoint).where(Device.user_id == user_id)))
        if given.endpoint not in own and len(own) >= _MAX_DEVICES:
            raise TooMany(f"Push is on for {_MAX_DEVICES} devices already. Remove one first.", retry_after=60)
        values = {"user_id": user_id, "p256dh": given.p256dh, "auth": given.auth, "label": label, "sign_in_id": sign_in_id}
        # Another public id: what waits for the user before finds no device.
        values |= {"public_id": new_public_id(), "created_at": database.clock(transaction), "last_ok_at": None, "failures": 0}
        added = insert(transaction, Device).values(endpoint=given.endpoint, **values)
        transaction.execute(added.on_conflict_do_update(index_elements=["endpoint"], set_=values))
    return str(values["public_id"])


def renew(old_endpoint: str, old_auth: str, given: Subscription) -> None:
    """Replace a subscription that the browser has changed.

    Both of the old values prove it, without a sign-in. Raises `Invalid`, `NotFound`.
    """
    _check(given)
    with database.write() as transaction:
        transaction.execute(delete(Device).where(Device.endpoint == given.endpoint, Device.endpoint != old_endpoint))
        own = (Device.endpoint == old_endpoint) & (Device.auth == old_auth)
        values = {"endpoint": given.endpoint, "p256dh": given.p256dh, "auth": given.auth, "failures": 0}
        if not transaction.execute(update(Device).where(own).values(**values)).rowcount:
            raise NotFound("There is no such device. Turn on push in the settings.")


def listing(user_id: int) -> Sequence[Any]:
    """The devices of a user, oldest first."""
    with database.read() as connection:
        own = select(Device.public_id, Device.label, Device.endpoint, Device.last_ok_at).where(Device.user_id == user_id, _IS_SIGNED_IN)
        return connection.execute(own.order_by(Device.id), {"now": now()}).all()


def remove(user_id: int, public_id: str) -> None:
    """Remove a device. Raises `NotFound` for one that is not the user's."""
    with database.write() as transaction:
        own = (Device.user_id == user_id) & (Device.public_id == public_id)
        if not transaction.execute(delete(Device).where(own)).rowcount:
            raise unknown()


def get(connection: Connection, user_id: int, public_id: str) -> Subscription | None:
    """The subscription of a user's device, None if it was removed or its sign-in has ended."""
    row = _ONE.first(connection, user_id=user_id, device=public_id, now=now())
    return Subscription(*row) if row is not None else None


def of_users(connection: Connection, user_ids: Collection[int]) -> dict[int, list[str]]:
    """The public ids of the devices of those users who have some."""
    found: dict[int, list[str]] = {}
    for user_id, public_id in _OF_USERS.all(connection, users=json_array(user_ids), now=now()):
        found.setdefault(user_id, []).append(public_id)
    return found


def any_between(connection: Connection, first: int, last: int) -> bool:
    """Whether any user has a device, of those with an id from `first` to `last`."""
    return _ANY_BETWEEN.scalar(connection, first=first, last=last) is not None


def accepted(transaction: Connection, public_id: str, now: datetime) -> None:
    """Note that a device was reached."""
    _REACHED.execute(transaction, device=public_id, now=now)


def refused(transaction: Connection, public_id: str, *, gone: bool) -> None:
    """Count a refusal.

    With the third in a row, or when the subscription is `gone`, the device is removed.
    """
    own = Device.public_id == public_id
    transaction.execute(update(Device).where(own).values(failures=Device.failures + 1))
    dead = own if gone else own & (Device.failures >= MAX_REFUSALS)
    transaction.execute(delete(Device).where(dead))


def end(transaction: Connection, *, user_id: int, sign_in: int) -> None:
    """Remove the devices of a sign-in that ends."""
    transaction.execute(delete(Device).where(Device.user_id == user_id, Device.sign_in_id == sign_in))


def unknown() -> NotFound:
    """The error for a device that is not the user's."""
    return NotFound("There is no such device. Reload the page.")


def _check(given: Subscription) -> None:
    """Raise `Invalid` for an address that is not allowed, and for keys that are none."""
    if len(given.endpoint) > _MAX_ENDPOINT_LENGTH:
        raise invalid("endpoint", f"is longer than {_MAX_ENDPOINT_LENGTH} characters")
    try:
        egress.check_url(given.endpoint, private=current_app.config["ALLOW_PRIVATE_PUSH"])
    except guard.NotAllowed as refusal:
        raise invalid("endpoint", str(refusal)) from None
    _check_point(given.p256dh)
    if len(_decoded("auth", given.auth)) != _AUTH_BYTES:
        raise invalid("auth", f"is {_AUTH_BYTES} bytes in base64url")


def _check_point(p256dh: str) -> None:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded("p256dh", p256dh))
    except ValueError:
        raise invalid("p256dh", "is an uncompressed point of P-256 in base64url") from None


def _decoded(field: str, value: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", value):
        raise invalid(field, "is base64url without padding")
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        raise invalid(field, "is base64url without padding") from None
