"""Send at a steady rate; retry under the same `Idempotency-Key` until acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from random import Random

import httpx

from tests.api_client import Person
from tests.chaos.ledger import Accepted, Ledger

_AGAIN = {409, 502, 503, 504}
"""Statuses to retry after: the server is unavailable, or still processing the same message."""
_AGAIN_SECONDS = (0.1, 0.4)
_GIVES_UP_SECONDS = 90.0
_ANSWERED_WITHIN = 10.0


class Sender(threading.Thread):
    """Send every `interval` seconds to a random one of `audiences`.

    An audience is a pair: the value of `to`, and the public ids of its recipients. Sends missed during an outage are not made up for.
    `failure` is the exception that ended the sender early.
    """

    def __init__(
        self,
        url: str,
        person: Person,
        audiences: Sequence[tuple[str | list[str], Sequence[str]]],
        ledger: Ledger,
        over: threading.Event,
        *,
        seed: int,
        interval: float,
    ) -> None:
        super().__init__(name=f"sender {seed}")
        self.failure: Exception | None = None
        headers = {"Authorization": f"Bearer {person.token}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=_ANSWERED_WITHIN, trust_env=False, verify=False)
        self._audiences = audiences
        self._ledger = ledger
        self._over = over
        self._random = Random(seed)
        self._interval = interval

    def run(self) -> None:
        try:
            self._send_on()
        except Exception as error:
            self.failure = error
            self._over.set()
        finally:
            self._client.close()

    def _send_on(self) -> None:
        due, number = time.monotonic() + self._random.random() * self._interval, 0
        while not self._over.wait(max(0.0, due - time.monotonic())):
            number += 1
            to, people = self._random.choice(self._audiences)
            body: dict[str, object] = {
                "to": to,
                "title": f"{self.name}, number {number}",
                "message": "é✓\u2028 " * self._random.randrange(20),
            }
            id = self._acknowledged(body, key=f"{self.name}-{number}")
            self._ledger.accept(Accepted(id, time.monotonic(), people))
            due = max(due + self._interval, time.monotonic())

    def _acknowledged(self, body: dict[str, object], key: str) -> str:
        """The id of the message, after as many attempts as needed."""
        deadline = time.monotonic() + _GIVES_UP_SECONDS
        while True:
            reason = self._attempt(body, key)
            if reason.startswith("id "):
                return reason.removeprefix("id ")
            self._ledger.turn_away(time.monotonic(), reason)
            assert time.monotonic() < deadline, f"{self.name}: not accepted in {_GIVES_UP_SECONDS:g} s, at last {reason}"
            # Not ended by `over`: the outcome of every send that was begun has to be known.
            threading.Event().wait(self._random.uniform(*_AGAIN_SECONDS))

    def _attempt(self, body: dict[str, object], key: str) -> str:
        """Return "id " and the id, or the reason why there is none yet."""
        try:
            answer = self._client.post("/api/notifications", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError as error:
            return type(error).__name__
        assert answer.status_code == 201 or answer.status_code in _AGAIN, f"{answer.status_code} {answer.text}"
        if answer.status_code == 201:
            return f"id {answer.json()['id']}"
        ours = answer.headers["content-type"] == "application/problem+json"
        return f"{answer.status_code} {answer.json()['code'] if ours else 'of the proxy'}"
