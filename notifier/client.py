"""A client for programs: sends, and listens to a stream for as long as one likes. Needs httpx and the standard library only."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import httpx

_LONGEST_WAIT = 30.0


class NotReached(Exception):
    """The server did not answer."""


class RefusedByServer(Exception):
    """The server answered, and said no. `problem` is its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or "refused")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream. `id` is the cursor, None where the event had none."""

    name: str
    data: dict[str, Any]
    id: str | None


class Client:
    """`url`: the server's address; `token`: what goes into `Authorization: Bearer`, or a callable that makes a fresh one each time.

    As a context manager it ends its connections after use.
    """

    def __init__(self, url: str, token: Any, *, timeout: float = 10.0) -> None:
        self._token = token if callable(token) else lambda: token
        self._http = httpx.Client(base_url=url, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def push(self, to: str | list[str], message: str, **fields: Any) -> dict[str, Any]:
        """Sends, and returns the server's answer. `fields` as the API's. Raises `RefusedByServer`, `NotReached`."""
        try:
            answer = self._http.post("/api/notifications", json={"to": to, "message": message, **fields}, headers=self._headers())
        except httpx.TransportError as error:
            raise NotReached(str(error)) from error
        return _accepted(answer)

    def listen(self, *, last_event_id: str | None = None, first: bool = True) -> Iterator[Event]:
        """The events of this token's user. Comes back with its cursor whenever the stream ends.

        Raises `RefusedByServer` when the server says no for good, `NotReached` when the first attempt finds nobody.
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
                if refusal.problem.get("status") not in (429, 503) or not reached:
                    raise
            time.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(wait * 2, _LONGEST_WAIT)

    def _once(self, last_event_id: str | None) -> Iterator[Event]:
        headers = self._headers() | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        patience = httpx.Timeout(10, read=75)
        with self._http.stream("GET", "/api/notifications/stream", headers=headers, timeout=patience) as answer:
            if answer.status_code != 200:
                answer.read()
                _accepted(answer)
            yield from _events(_lines(answer.iter_text()))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"}


def _accepted(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        detail = f"The server answered {answer.status_code} {answer.reason_phrase}."
        raise RefusedByServer({"status": answer.status_code, "detail": detail}) from None
    if answer.is_success and isinstance(content, dict):
        return content
    raise RefusedByServer(content if isinstance(content, dict) else {"status": answer.status_code})


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """The server ends its lines with LF alone. httpx's own lines would also end at U+2028 and its like."""
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        yield from lines


def _events(lines: Iterator[str]) -> Iterator[Event]:
    """The server writes each event's data as one line of JSON; comments and empty blocks are passed over."""
    name, data, cursor = "message", "", None
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(name, json.loads(data), cursor)
            name, data, cursor = "message", "", None
        elif field == "event":
            name = value
        elif field == "data":
            data += value
        elif field == "id":
            cursor = value
