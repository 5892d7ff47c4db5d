"""A client for programs: send, report progress and listen.

Needs httpx and the standard library only.
with Client("https://notifier.example.com", key) as client:
    client.push("user:alice", "Your audio is ready", type="success")
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import httpx

from notifier.client.answers import NotReached, RefusedByServer, accepted
from notifier.client.events import Event, events
from notifier.client.session import Session

__all__ = ["Client", "Event", "NotReached", "RefusedByServer", "Session"]

_LONGEST_WAIT = 30.0
_PULSES_PER_SILENCE = 3


class Client:
    """A client of one server, as a context manager that closes its connections.

    May be used by several threads.
    `url`: the server's address; `key`: an API key or token, or a callable that returns a fresh one for each request.
    """

    def __init__(self, url: str, key: str | Callable[[], str], *, timeout: float = 10.0) -> None:
        self._key = key if callable(key) else lambda: key
        self._http = httpx.Client(base_url=url, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def push(self, to: str | list[str], message: str, **fields: Any) -> dict[str, Any]:
        """Send a notification and return the server's answer. `fields`: those of the API.

        Raises `RefusedByServer`, `NotReached`.
        """
        return self._post("/api/notifications", {"to": to, "message": message, **fields})

    def session(
        self,
        title: str,
        *,
        owner: str | None = None,
        viewers: Sequence[str] = (),
        silence_seconds: int | None = None,
        pulse: bool = False,
        patience: float = 30.0,
        **fields: Any,
    ) -> Session:
        """A session for the time of a `with` block, watched by `owner` and `viewers` (names of users).

            with client.session("Transcode talk.mp3", owner="alice") as session:
                session.report(45, "second pass")

        Without `owner` the key's user owns it. `silence_seconds`: it is shown as stalled after this time without a report; with `pulse`
        none is needed for as long as this process lives. `patience`: seconds to wait at the end for a server that is away. `fields`:
        those of the API.
        """
        chosen = {"owner": owner, "viewers": list(viewers), "silence_seconds": silence_seconds}
        given = {name: value for name, value in chosen.items() if value}
        pulse_seconds = silence_seconds / _PULSES_PER_SILENCE if pulse and silence_seconds else None
        return Session(self._post, {"title": title, **given, **fields}, pulse_seconds=pulse_seconds, patience_seconds=patience)

    def listen(self, *, last_event_id: str | None = None, first: bool = True) -> Iterator[Event]:
        """The events of the key's user. Reconnects with its cursor whenever the stream ends.

        Raises `RefusedByServer` when the server refuses for good, `NotReached` when the first attempt fails.
        """
        wait, reached = 1.0, not first
        while True:
            try:
                for event in self._once(last_event_id):
                    wait, reached = 1.0, True
                    last_event_id = event.id or last_event_id
                    yield event
            except httpx.TransportError as error:
                if not reached:
                    raise NotReached(str(error)) from error
            except RefusedByServer as refusal:
                if not refusal.passing or not reached:
                    raise
            time.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(wait * 2, _LONGEST_WAIT)

    def _once(self, last_event_id: str | None) -> Iterator[Event]:
        headers = self._headers() | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        patience = httpx.Timeout(10, read=75)
        with self._http.stream("GET", "/api/notifications/stream", headers=headers, timeout=patience) as answer:
            if answer.status_code != 200:
                answer.read()
                accepted(answer)
            yield from events(answer.iter_text())

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(path, json=body, headers=self._headers())
        except httpx.TransportError as error:
            raise NotReached(str(error)) from error
        return accepted(answer)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key()}"}
