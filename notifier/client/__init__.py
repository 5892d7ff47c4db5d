"""A client for programs: sends, reports progress, and listens to a stream.

Needs only the standard library.

with Client("https://notifier.example.com", key) as client:
    client.push("user:alice", "Your audio is ready", type="success")
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

from notifier.client.answers import Answer, NotConnected, NotReached, RefusedByServer, accepted
from notifier.client.events import Event, events
from notifier.client.session import Session
from notifier.client.transport import Transport

__all__ = ["Client", "Event", "NotConnected", "NotReached", "RefusedByServer", "Session"]

_MAX_RECONNECT_SECONDS = 30.0
_PULSES_PER_SILENCE = 3
_SILENCE_SECONDS = 75.0
_MAX_ATTEMPTS = 3
_MAX_RETRY_AFTER_SECONDS = 10.0


class Client:
    """A client of one server.

    `url`: the server's address; `key`: an API key or token, or a callable that returns a fresh one for each request. As a context
    manager it closes its connections after use. May be used by several threads. Raises `ValueError` for an address or a key that cannot
    be one; the key is never part of a message.
    """

    def __init__(self, url: str, key: str | Callable[[], str], *, timeout: float = 10.0) -> None:
        self._key = key if callable(key) else lambda: key
        self._http = Transport(url, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def push(self, to: str | list[str] | None, message: str, *, idempotency_key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send a message and return the server's answer.

        `fields` as the API's; with `user_id` among them `to` is None. Raises `RefusedByServer`, `NotReached`. Tries up to three times
        where the message was certainly not sent: no connection, or 429 and 503 with a `Retry-After` of at most 10 s. With an
        `idempotency_key` also after a lost answer: the server sends a message with the same key once.
        """
        body = ({} if to is None else {"to": to}) | {"message": message, **fields}
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        for attempt in range(1, _MAX_ATTEMPTS):
            try:
                return self._send("POST", "/api/notifications", body, headers)
            except (NotReached, RefusedByServer) as error:
                wait = _wait_before_retry(error, attempt, repeatable=idempotency_key is not None)
                if wait is None:
                    raise
            time.sleep(wait)
        return self._send("POST", "/api/notifications", body, headers)

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
        """A job that users watch while a `with` block runs.

            with client.session("Transcode talk.mp3", owner="alice") as session:
                session.report(45, "second pass")

        `owner`, else this key's user, and `viewers` watch it, by name. With `id`, a session that the same sender created for the same
        owner is continued. `silence_seconds`: after so long without a report it shows as stalled; with `pulse` no report is needed for
        that as long as this program lives. `patience`: seconds that the end waits for an unreachable server. `fields` as the API's.
        """
        chosen = {"owner": owner, "viewers": list(viewers), "silence_seconds": silence_seconds}
        given = {name: value for name, value in chosen.items() if value}
        pulse_seconds = silence_seconds / _PULSES_PER_SILENCE if pulse and silence_seconds else None
        return Session(self._send, {"title": title, **given, **fields}, pulse_seconds=pulse_seconds, patience_seconds=patience)

    def listen(self, *, last_event_id: str | None = None, first: bool = True) -> Iterator[Event]:
        """Yield the events of this key's user. Reconnects with the last cursor whenever the stream ends.

        Raises `RefusedByServer` when the server refuses for good, `NotReached` when the first attempt finds no server.
        """
        wait, reached = 1.0, not first
        while True:
            try:
                for event in self._once(last_event_id):
                    wait, reached = 1.0, True
                    last_event_id = event.id or last_event_id
                    yield event
            except NotReached:
                if not reached:
                    raise
            except RefusedByServer as refusal:
                if not refusal.passing or not reached:
                    raise
            time.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(wait * 2, _MAX_RECONNECT_SECONDS)

    def _once(self, last_event_id: str | None) -> Iterator[Event]:
        headers = self._headers() | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        with self._http.stream("/api/notifications/stream", headers, silence=_SILENCE_SECONDS) as opened:
            if isinstance(opened, Answer):
                accepted(opened)
            else:
                yield from events(opened)

    def _send(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        every = self._headers() | {"Content-Type": "application/json"} | dict(headers or {})
        return accepted(self._http.request(method, path, every, json.dumps(body).encode()))

    def _headers(self) -> dict[str, str]:
        key = self._key().strip()
        if not key or not key.isascii() or not key.isprintable():
            raise ValueError("the key is empty, or holds characters that no key has")
        return {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}


def _wait_before_retry(error: NotReached | RefusedByServer, attempt: int, *, repeatable: bool) -> float | None:
    """Seconds to wait before a retry, or None where it could send twice or is of no use."""
    if isinstance(error, NotReached):
        return 0.25 * attempt if repeatable or isinstance(error, NotConnected) else None
    if repeatable and error.problem.get("code") == "still_running":
        return 1.0
    wait = error.retry_after if error.passing else None
    return wait if wait is not None and wait <= _MAX_RETRY_AFTER_SECONDS else None
