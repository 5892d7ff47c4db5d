"""Webhooks: one signed POST request for one event, by the Standard Webhooks specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from notifier.channels import answers, egress
from notifier.channels.egress import Answer, Unanswered
from notifier.channels.guard import NotAllowed
from notifier.channels.ports import Outcome, Result

_SECRET_PREFIX = "whsec_"
_SECRET_BYTES = 32
_GONE_STATUS = 410


def new_secret() -> str:
    """A secret as receivers store it."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, id: str, at: int, body: bytes) -> str:
    """Sign one attempt. `at`: its time in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, f"{id}.{at}.".encode() + body, hashlib.sha256)).decode()


def call(url: str, signed_by: Sequence[str], id: str, at: int, body: bytes, *, private: bool) -> Outcome:
    """Make one attempt. `signed_by`: secrets; `private`: as in `egress.post`."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "notifier",
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signature(secret, id, at, body) for secret in signed_by),
    }
    try:
        answer = egress.post(url, body, headers, private=private)
    except NotAllowed as refusal:
        return Outcome(Result.REFUSED, str(refusal))
    except Unanswered as failure:
        return Outcome(Result.LATER, str(failure))
    return outcome(answer, datetime.now(UTC))


def outcome(answer: Answer, now: datetime) -> Outcome:
    """What a receiver's answer means. 410: it wants no calls any more, as the specification has it."""
    text = answers.text(answer.status, answer.body)
    if 200 <= answer.status < 300:
        return Outcome(Result.ACCEPTED, text)
    if answer.status == _GONE_STATUS:
        return Outcome(Result.REFUSED, text, bad_target=True, gone=True)
    return Outcome(Result.LATER, text, retry_after=answers.retry_after(answer.headers.get("retry-after", ""), now))
