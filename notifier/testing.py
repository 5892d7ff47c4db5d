"""For tests of applications that send: a pytest fixture, `sent`, lists what was sent to whom.

In `conftest.py`: `pytest_plugins = ["notifier.testing"]`. Then nothing leaves in a test that asks for the fixture: `Notifier.send` and all
requests of `notifier.client.Client` end here.

def test_payment_is_announced(client, sent):
    client.post("/payments")
    assert [(one.to, one.title) for one in sent] == [(("user:alice",), "Paid")]
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from notifier.client.answers import Answer, NotConnected
from notifier.client.transport import Transport
from notifier.mount import Notifier
from notifier.services.accounts.person import Person

_MESSAGES = "/api/notifications"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the application sent it. `fields`: all but `to`."""

    to: tuple[str, ...]
    fields: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Its title, empty without one."""
        return str(self.fields.get("title", ""))

    @property
    def message(self) -> str:
        """Its text, empty without one."""
        return str(self.fields.get("message", ""))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sent]]:
    """What was sent in this test, in order. Nothing leaves."""
    found: list[Sent] = []

    def send(_: Notifier, to: str | Person | list[str], *, idempotency_key: str | None = None, **fields: Any) -> dict[str, Any]:
        found.append(Sent(_terms(f"id:{to.subject}" if isinstance(to, Person) else to), fields))
        return _answer()

    def request(_: Transport, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if (method, path) == ("POST", _MESSAGES):
            fields = json.loads(body)
            found.append(Sent(_terms(fields.pop("to", None) or f"id:{fields.pop('user_id', '')}"), fields))
        return Answer(200, "OK", json.dumps(_answer()).encode())

    def stream(*_: object, **__: object) -> Any:
        raise NotConnected("the fixture `sent` connects to no server")

    monkeypatch.setattr(Notifier, "send", send)
    monkeypatch.setattr(Transport, "request", request)
    monkeypatch.setattr(Transport, "stream", stream)
    yield found


def _terms(to: str | list[str]) -> tuple[str, ...]:
    return (to,) if isinstance(to, str) else tuple(to)


def _answer() -> dict[str, Any]:
    return {"id": str(uuid4()), "recipients": 1}
