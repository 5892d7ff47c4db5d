"""Sign, encrypt and send a push, and read the push service's answer.

Loaded only where pushes are sent: `http_ece` and `py_vapid` are an extra.
"""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from notifier.channels import answers, egress, guard
from notifier.channels.egress import Answer
from notifier.channels.ports import Outcome, Outgoing, Result, Subscription
from notifier.channels.webpush.payload import payload

_DAY_SECONDS = 86_400
_TOKEN_LIFE_SECONDS = 12 * 3600
_GONE_STATUSES = (404, 410)
_REFUSED_STATUSES = (400, 401, 403)
_TOO_LARGE_STATUS = 413
# RFC 8030, 5.3: a device that saves its battery is woken for the higher ones only.
_URGENCY = {"low": "low", "normal": "normal", "high": "high", "urgent": "high"}


class Requests:
    """`key`: the private key in base64url. `contact`: a `mailto:` address. `private`: as in `egress`."""

    def __init__(self, key: str, contact: str, *, private: bool) -> None:
        self._vapid = Vapid02.from_raw(key.encode())
        self._contact = contact
        self._private = private

    def send(self, outgoing: Outgoing) -> Outcome:
        device = outgoing.device
        if device is None:
            return Outcome(Result.REFUSED, "the device was removed", gone=True)
        try:
            answer = self._post(device, outgoing, payload(outgoing))
            if answer.status == _TOO_LARGE_STATUS:
                answer = self._post(device, outgoing, payload(outgoing, with_text=False))
        except guard.NotAllowed as refusal:
            return Outcome(Result.REFUSED, str(refusal), bad_target=True)
        except egress.Unanswered as failure:
            return Outcome(Result.LATER, str(failure))
        return outcome(answer, datetime.now(UTC))

    def _post(self, device: Subscription, outgoing: Outgoing, content: bytes) -> Answer:
        return egress.post(device.endpoint, encrypted(content, device), self._headers(device, outgoing), private=self._private)

    def _headers(self, device: Subscription, outgoing: Outgoing) -> dict[str, str]:
        parts = urlsplit(device.endpoint)
        claims = {"sub": self._contact, "aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + _TOKEN_LIFE_SECONDS}
        item = outgoing.items[0] if outgoing.items else None
        headers: dict[str, str] = dict(self._vapid.sign(claims))
        return headers | {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(_seconds_left(outgoing.ends_at)),
            "Topic": topic(item.id if item else outgoing.id),
            "Urgency": _URGENCY.get(item.priority, "normal") if item else "high",
        }


def encrypted(content: bytes, device: Subscription) -> bytes:
    """Encrypt for a device (RFC 8291)."""
    own = ec.generate_private_key(ec.SECP256R1())
    sealed: bytes = http_ece.encrypt(content, private_key=own, dh=_decoded(device.p256dh), auth_secret=_decoded(device.auth))
    return sealed


def topic(id: str) -> str:
    """32 characters for an id: a push service replaces what still waits under the same."""
    return urlsafe_b64encode(hashlib.sha256(id.encode()).digest()).decode()[:32]


def outcome(answer: Answer, now: datetime) -> Outcome:
    """What a push service's answer means."""
    status = answer.status
    text = answers.text(status, answer.body)
    if 200 <= status < 300:
        return Outcome(Result.ACCEPTED, text)
    if status in _GONE_STATUSES:
        return Outcome(Result.REFUSED, text, bad_target=True, gone=True)
    if status in _REFUSED_STATUSES:
        return Outcome(Result.REFUSED, text, bad_target=True)
    if status == 429 or status >= 500:
        return Outcome(Result.LATER, text, retry_after=answers.retry_after(answer.headers.get("retry-after", ""), now))
    return Outcome(Result.REFUSED, text)


def _seconds_left(ends_at: datetime | None) -> int:
    left = _DAY_SECONDS if ends_at is None else int(ends_at.timestamp() - time.time())
    return max(0, min(left, _DAY_SECONDS))


def _decoded(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))
