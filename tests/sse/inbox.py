"""The client that the delivery promise is made to: what it knows of one inbox, from nothing but the stream and the list.

It does exactly what the promise allows a client to rely on, and raises `AssertionError` where the server breaks it.
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
    """What is known of one notification: its `seq` orders what was learned. A deleted one is kept, so that it stays deleted."""

    seq: int
    status: str
    text: tuple[str, ...]


class Inbox:
    """Reads the stream with `follow`, which also reconnects; or give it events from elsewhere with `begin` and `take`."""

    def __init__(self, url: str, token: str, *, away: Collection[int] = (503,)) -> None:
        """`away`: the answers after which it comes again, as there is nobody to serve it just now."""
        self.rows: dict[str, Row] = {}
        self.unread_count = 0
        self.seq = -1
        """Of the state that `unread_count` belongs to."""
        self.cursor: str | None = None
        self.connects = 0
        self.resets = 0
        self.stream: Stream | None = None
        self.reason = ""
        """Why the last connection could not be made."""
        self._url = url
        self._token = token
        self._away = away
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=10.0, trust_env=False, verify=False)
        self._track = Track(None)
        self._loaded_seq = -1

    def state(self) -> State:
        """(status, type, title, message) by id, without the deleted ones."""
        return {id: (row.status, *row.text) for id, row in self.rows.items() if row.status != "deleted"}

    def truth(self) -> State:
        """The same as the server has it at this moment."""
        return {item["id"]: (item["status"], *_text(item)) for page in self._pages() for item in page.json()}

    def agrees(self) -> bool:
        """Whether list and unread count are those of the server; False also when it cannot say."""
        try:
            answer = self._get(_UNREAD_COUNT).json()
            return (self.unread_count, self.seq) == (answer["unread_count"], answer["seq"]) and self.state() == self.truth()
        except (httpx.TransportError, Refused):
            return False

    def connect(self, wait: float = 10.0) -> Stream:
        """Opens a stream at the cursor. Raises `Refused`, or `OSError` and `Closed` when there is nobody."""
        stream = Stream(self._url + _STREAM, self._token, last_event_id=self.cursor, wait=wait)
        if stream.status != 200:
            raise Refused(stream.status, repr(stream))
        self.begin()
        self.stream = stream
        return stream

    def begin(self) -> None:
        """The events that follow come over a new connection, opened at the cursor."""
        self.connects += 1
        self._track = Track(self.cursor)

    def follow(self, satisfied: Callable[[Inbox], bool], timeout: float = 10.0) -> None:
        """Reads until `satisfied`, which is asked whenever no event is waiting. Raises `TimeoutError`.

        Connects anew, with its cursor, when the stream ends, and for as long as there is no server or it answers 503;
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
        """Takes what comes within that time, and all that has come then. The stream is None afterwards when it has ended."""
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
        """Handles one event of the connection."""
        self._track.check(event)
        if event.name == "connected" and event.id is not None and self.cursor is None:
            self.load()
        elif event.name == "reset":
            self.load()
            self.resets += 1
            assert self._loaded_seq >= event.json["seq"], f"a list at {self._loaded_seq} after {event}"
        elif event.name == "notification":
            self._upsert(event.json)
        elif event.name == "state":
            for change in event.json["changed"]:
                self._change(change["id"], event.json["seq"], change["status"])
        if event.name in _CARRY_COUNT and "unread_count" in event.json:
            self.learn(event.json)
        # Last: whoever fails before, while loading the list for one, comes back with the cursor before this event.
        if event.id is not None:
            self.cursor = event.id

    def learn(self, answer: dict[str, Any]) -> None:
        """Takes the unread count of an event or of a write's answer, unless a newer one is known."""
        if answer["seq"] >= self.seq:
            self.unread_count, self.seq = answer["unread_count"], answer["seq"]

    def load(self) -> None:
        """Forgets the rows and reads them from the list; what is older than the list is ignored from then on."""
        pages = self._pages()
        # The first page's: what happened between two pages comes as an event, and is taken again.
        self._loaded_seq = int(pages[0].headers["x-seq"])
        self.rows = {}
        for page in pages:
            for item in page.json():
                self.rows[item["id"]] = Row(item.get("seq", self._loaded_seq), item["status"], _text(item))
        self.unread_count, self.seq = int(pages[0].headers["x-unread-count"]), self._loaded_seq

    def disconnect(self) -> None:
        """Ends the connection and keeps all that is known."""
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
