"""A client that relies on the delivery promise: its copy of one inbox, built from the stream and the list only.

It relies on exactly what the promise allows, and raises `AssertionError` where the server breaks it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import httpx

from tests.sse.errors import Closed, Refused
from tests.sse.parser import Event
from tests.sse.stream import Stream
from tests.sse.track import Track
from tests.waiting import eventually

_STREAM = "/api/notifications/stream"
_LIST = "/api/notifications?status=all&limit=100"
_UNREAD_COUNT = "/api/notifications/unread-count"
_STEP_SECONDS = 0.25
_CARRY_COUNT = {"connected", "reset", "notification", "state", "heartbeat"}

State = dict[str, tuple[str, ...]]


@dataclass(slots=True)
class Row:
    """The latest known state of a notification, ordered by `seq`. Deleted ones are kept, so that they stay deleted."""

    seq: int
    status: str
    text: tuple[str, ...]


class Inbox:
    """Reads the stream with `follow`, which also reconnects; or takes events from another source by `begin` and `take`."""

    def __init__(self, url: str, token: str, *, away: Collection[int] = (503,)) -> None:
        """`away`: the statuses after which the client retries, since the server is unavailable for a moment."""
        self.rows: dict[str, Row] = {}
        self.unread_count = 0
        self.seq = -1
        """The seq that `unread_count` belongs to."""
        self.cursor: str | None = None
        self.connects = 0
        self.resets = 0
        self.stream: Stream | None = None
        self.reason = ""
        """Why the last attempt to connect failed."""
        self._url = url
        self._token = token
        self._away = away
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=10.0, trust_env=False, verify=False)
        self._track = Track(None)
        self._loaded_seq = -1

    def state(self) -> State:
        """Return (status, type, title, message) by id, without deleted notifications."""
        return {id: (row.status, *row.text) for id, row in self.rows.items() if row.status != "deleted"}

    def truth(self) -> State:
        """Return the same from the server's list at this moment."""
        return {item["id"]: (item["status"], *_text(item)) for page in self._pages() for item in page.json()}

    def agrees(self) -> bool:
        """Whether list and unread count equal those of the server; False also when the server is unavailable."""
        try:
            answer = self._get(_UNREAD_COUNT).json()
            return (self.unread_count, self.seq) == (answer["unread_count"], answer["seq"]) and self.state() == self.truth()
        except (httpx.TransportError, Refused):
            return False

    def connect(self, wait: float = 10.0) -> Stream:
        """Open a stream at the cursor. Raises `Refused`, or `OSError` or `Closed` when no server answers."""
        stream = Stream(self._url + _STREAM, self._token, last_event_id=self.cursor, wait=wait)
        if stream.status != 200:
            raise Refused(stream.status, repr(stream))
        self.begin()
        self.stream = stream
        return stream

    def begin(self) -> None:
        """Expect the following events from a new connection, opened at the cursor."""
        self.connects += 1
        self._track = Track(self.cursor)

    def follow(self, satisfied: Callable[[Inbox], bool], timeout: float = 10.0) -> None:
        """Read until `satisfied`, which is called whenever no event is waiting. Raises `TimeoutError`.

        Reconnects with its cursor when the stream ends, and for as long as no server answers or it answers 503;
        raises `AssertionError` when that never succeeds.
        """
        deadline = time.monotonic() + timeout
        while not satisfied(self):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"after {timeout:g} s at {self.cursor}, {len(self.state())} notifications; {self.stream!r}")
            if self.stream is None:
                eventually(lambda: self._try_to_connect(deadline), within=left, why=lambda: self.reason)
            self.read(min(left, _STEP_SECONDS))

    def read(self, seconds: float = 0.0) -> None:
        """Wait that long for data and process all that has arrived. The stream is None afterwards when it has ended."""
        assert self.stream is not None
        try:
            self.take(self.stream.next(seconds))
            while True:
                self.take(self.stream.next(0.0))
        except TimeoutError:
            # A proxy keeps the connection for the next request.
            if self.stream.ended_cleanly:
                self.disconnect()
        except (Closed, httpx.TransportError) as error:
            self.reason = str(error)
            self.disconnect()
        except Refused as error:
            if error.status not in self._away:
                raise
            self.disconnect()

    def take(self, event: Event) -> None:
        """Process one event of the connection."""
        self._track.check(event)
        if event.name == "connected" and event.id is not None and self.cursor is None:
            self.load()
        elif event.name == "reset":
            self.load()
            self.resets += 1
            assert self._loaded_seq >= event.json["seq"], f"the list has seq {self._loaded_seq}, older than the event: {event}"
        elif event.name == "notification":
            self._upsert(event.json)
        elif event.name == "state":
            for change in event.json["changed"]:
                self._change(change["id"], event.json["seq"], change["status"])
        if event.name in _CARRY_COUNT and "unread_count" in event.json:
            self.learn(event.json)
        # Last: a client that fails before, such as while it loads the list, resumes with the cursor before this event.
        if event.id is not None:
            self.cursor = event.id

    def learn(self, answer: dict[str, Any]) -> None:
        """Store the unread count of an event or of a response to a write, unless a newer one is known."""
        if answer["seq"] >= self.seq:
            self.unread_count, self.seq = answer["unread_count"], answer["seq"]

    def load(self) -> None:
        """Replace all rows by the list of the server; events older than the list are ignored from then on."""
        pages = self._pages()
        # The seq of the first page: a change between two pages also arrives as an event, and is applied again.
        self._loaded_seq = int(pages[0].headers["x-seq"])
        self.rows = {}
        for page in pages:
            for item in page.json():
                self.rows[item["id"]] = Row(item.get("seq", self._loaded_seq), item["status"], _text(item))
        self.unread_count, self.seq = int(pages[0].headers["x-unread-count"]), self._loaded_seq

    def disconnect(self) -> None:
        """Close the connection and keep the state."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def close(self) -> None:
        self.disconnect()
        self._client.close()

    def _try_to_connect(self, deadline: float) -> bool:
        try:
            self.connect(wait=max(0.1, deadline - time.monotonic()))
        except (OSError, Closed) as error:
            self.reason = str(error)
        except Refused as error:
            if error.status not in self._away:
                raise
            self.reason = str(error)
        return self.stream is not None

    def _upsert(self, item: dict[str, Any]) -> None:
        known = self.rows.get(item["id"])
        if item["seq"] > self._loaded_seq and (known is None or item["seq"] > known.seq):
            self.rows[item["id"]] = Row(item["seq"], item["status"], _text(item))

    def _change(self, id: str, seq: int, status: str) -> None:
        known = self.rows.get(id)
        if known is not None and seq > max(known.seq, self._loaded_seq):
            known.seq, known.status = seq, status

    def _pages(self) -> list[httpx.Response]:
        pages = [self._get(_LIST)]
        while (link := pages[-1].links.get("next")) is not None:
            pages.append(self._get(link["url"]))
        return pages

    def _get(self, path: str) -> httpx.Response:
        answer = self._client.get(path)
        if answer.status_code != 200:
            raise Refused(answer.status_code, f"{path}: {answer.text}")
        return answer


def _text(item: dict[str, Any]) -> tuple[str, ...]:
    return item["type"], item["title"], item["message"]
