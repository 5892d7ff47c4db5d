"""A server of sessions in this process that records what the client posts."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from notifier.client.answers import NotReached
from notifier.client.session import Session


class Server:
    """Records what is posted.

    `answers`: what the next posts raise instead, one each, None for recording.
    """

    def __init__(self, *answers: Exception | None) -> None:
        self.created: list[Mapping[str, Any]] = []
        self.received: list[Mapping[str, Any]] = []
        self.received_at: list[float] = []
        self.away = False
        self.posts = 0
        self._answers = list(answers)
        self._lock = threading.Lock()

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> object:
        with self._lock:
            self.posts += 1
            if self.away:
                raise NotReached("no connection")
            answer = self._answers.pop(0) if self._answers else None
            if answer is not None:
                raise answer
            if method == "PUT":
                self.created.append({**body, "id": path.removeprefix("/api/sessions/")})
            else:
                assert (method, path) == ("POST", f"/api/sessions/{self.created[-1]['id']}/status")
                self.received.append(dict(body))
                self.received_at.append(time.monotonic())
            return {}

    def session(self, *, pulse: float | None = None, patience: float = 5.0, **fields: Any) -> Session:
        return Session(self.send, {"title": "T"} | fields, pulse_seconds=pulse, patience_seconds=patience)

    @property
    def last(self) -> Mapping[str, Any]:
        return self.received[-1]
