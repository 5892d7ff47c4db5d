"""A client that keeps an inbox through all faults: resumes by cursor, drops silent streams."""

from __future__ import annotations

import threading
import time
from random import Random

import httpx

from tests.api_client import Person
from tests.chaos.ledger import Ledger
from tests.faults.misbehaving import hang_up
from tests.sse import Closed, Event, Inbox, Refused

_AWAY = {502, 503, 504}
"""Statuses of a server, or of the proxy in front of it, that cannot serve at the moment."""
_READ_SECONDS = 0.25
_CONNECTED_WITHIN = 4.0
_SILENT_SECONDS = 3.0
"""Like a browser's watchdog: a little more than two and a half heartbeats."""
_TOUCH_EVERY_SECONDS = 2.0


class Watching(Inbox):
    """An inbox that records when each notification was first seen in an event.

    The event is either the `notification` itself or a `state` with its change of status.
    """

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token, away=_AWAY)
        self.seen: dict[str, float] = {}

    def take(self, event: Event) -> None:
        super().take(event)
        if event.name == "notification":
            self.seen.setdefault(event.json["id"], event.at)
        elif event.name == "state":
            for change in event.json["changed"]:
                self.seen.setdefault(change["id"], event.at)


class Client(threading.Thread):
    """One device of `person`. `failure` is the exception that ended it early."""

    def __init__(self, url: str, person: Person, over: threading.Event, *, seed: int) -> None:
        super().__init__(name=f"client {seed} of {person.name}")
        self.person = person
        self.inbox = Watching(url, person.token)
        self.failure: Exception | None = None
        self.cut = threading.Event()
        """Set by a fault to break the client's connection."""
        self._over = over
        self._random = Random(seed)
        self._heard = (0, 0.0)
        headers = {"Authorization": f"Bearer {person.token}"}
        self._api = httpx.Client(base_url=url, headers=headers, timeout=_CONNECTED_WITHIN, trust_env=False, verify=False)
        self._touches_at = time.monotonic() + self._random.uniform(0, _TOUCH_EVERY_SECONDS)
        self._settled = 0

    def run(self) -> None:
        try:
            while not self._over.is_set():
                if self.inbox.stream is None:
                    self._connect()
                else:
                    self._listen()
        except Exception as error:
            self.failure = error
            self._over.set()
        finally:
            self._api.close()

    def connected(self) -> bool:
        return self.inbox.stream is not None

    def ready(self) -> bool:
        """Whether it has loaded its inbox and has a cursor."""
        return self.inbox.cursor is not None

    def behind(self, ledger: Ledger, accepted_before: float = float("inf")) -> int:
        """How many messages accepted for its user it has not seen."""
        due = [accepted for accepted in ledger.due(self.person.id, self._settled) if accepted.at < accepted_before]
        for number, accepted in enumerate(due):
            if accepted.id not in self.inbox.seen:
                return len(due) - number
            self._settled += 1
        return 0

    def _connect(self) -> None:
        try:
            self.inbox.connect(wait=_CONNECTED_WITHIN)
            self._heard = (0, time.monotonic())
        except (OSError, Closed) as error:
            self.inbox.reason = str(error)
        except Refused as error:
            if error.status not in _AWAY:
                raise
            self.inbox.reason = str(error)
        if self.inbox.stream is None:
            self._over.wait(self._random.uniform(0.2, 1.0))

    def _listen(self) -> None:
        stream = self.inbox.stream
        assert stream is not None
        if self.cut.is_set():
            self.cut.clear()
            hang_up(stream)
            self.inbox.disconnect()
            return
        self.inbox.read(_READ_SECONDS)
        if self.inbox.stream is None:
            # The last retry time the server has sent, in its `bye` or at the start of the stream.
            self._over.wait((stream.retry or 1000) / 1000 * self._random.uniform(0.8, 1.0))
        elif self._silent():
            self.inbox.disconnect()
        else:
            self._touch()

    def _silent(self) -> bool:
        assert self.inbox.stream is not None
        received, since = self._heard
        if len(self.inbox.stream.raw) != received:
            self._heard = (len(self.inbox.stream.raw), time.monotonic())
            return False
        return time.monotonic() - since > _SILENT_SECONDS

    def _touch(self) -> None:
        """Read or delete a notification from time to time.

        The response does not matter: at the end the inbox is compared with the database.
        """
        if time.monotonic() < self._touches_at or not self.inbox.rows:
            return
        self._touches_at = time.monotonic() + _TOUCH_EVERY_SECONDS
        path = f"/api/notifications/{self._random.choice(sorted(self.inbox.rows)[-20:])}"
        try:
            if self._random.random() < 0.8:
                answer = self._api.patch(path, json={"status": self._random.choice(["read", "unread", "archived"])})
            else:
                answer = self._api.delete(path)
        except httpx.TransportError:
            return
        assert answer.status_code in _AWAY | {200, 404}, f"{answer.request.method}: {answer.status_code} {answer.text}"
