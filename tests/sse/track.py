"""Check the events of one connection against the order that the delivery promise guarantees."""

from __future__ import annotations

import re

from tests.sse.parser import Event

_CURSOR = re.compile(r"([0-9a-f]{8})-(\d{1,18})", re.ASCII)
_WITH_CURSOR = {"connected", "reset", "notification", "state", "unreadable"}
_CHANGES = {"notification", "state", "unreadable"}


class Track:
    """The position of one connection, which was opened at the cursor `asked`, or without a cursor."""

    def __init__(self, asked: str | None) -> None:
        self._asked = asked
        self._started = False
        self._must_reset = False
        self._epoch = ""
        self._seq = -1
        self._open_seq: int | None = None
        """The seq of a transaction whose last event, the one with the id, is still expected."""
        self._seen: set[str] = set()
        """The notifications changed by that transaction so far."""

    def check(self, event: Event) -> None:
        """Raise `AssertionError` when this event breaks the order."""
        if event.name == "bye":
            return
        assert self._started == (event.name != "connected"), f"`connected` must be first and only once: {event}"
        assert not self._must_reset or event.name == "reset", f"without a cursor, `reset` must follow `connected`: {event}"
        assert event.id is None or event.name in _WITH_CURSOR, f"this event must not have a cursor: {event}"
        if event.name == "connected":
            self._start(event)
        elif event.name == "reset":
            self._reset(event)
        elif event.name in _CHANGES:
            self._change(event)
        elif event.name == "heartbeat":
            assert event.json["seq"] == self._seq, f"the stream is at seq {self._seq}: {event}"

    def _start(self, event: Event) -> None:
        self._started = True
        self._must_reset = event.id is None
        if event.id is not None:
            assert self._asked in (None, event.id), f"the client asked to resume at {self._asked}: {event}"
            self._move(event)

    def _reset(self, event: Event) -> None:
        self._must_reset = False
        # The server may be behind the client's position: another epoch, or a restored backup.
        self._seq, self._epoch, self._open_seq = -1, "", None
        assert event.id is not None, f"a reset must have a cursor: {event}"
        self._move(event)

    def _change(self, event: Event) -> None:
        seq = event.json["seq"]
        assert seq > self._seq, f"the stream is already at seq {self._seq}: {event}"
        assert self._open_seq in (None, seq), f"the id of seq {self._open_seq} is still missing: {event}"
        if self._open_seq is None:
            self._open_seq = seq
            self._seen.clear()
        for id in _changed(event):
            assert id not in self._seen, f"{id} changed twice in one transaction: {event}"
            self._seen.add(id)
        if event.id is not None:
            self._move(event)

    def _move(self, event: Event) -> None:
        match = _CURSOR.fullmatch(event.id or "")
        assert match, f"not a cursor: {event}"
        epoch, seq = match[1], int(match[2])
        assert seq == event.json["seq"], f"cursor and seq differ: {event}"
        assert epoch == (self._epoch or epoch), f"another epoch than {self._epoch}: {event}"
        assert seq > self._seq, f"the cursor must be greater than {self._seq}: {event}"
        self._epoch, self._seq, self._open_seq = epoch, seq, None


def _changed(event: Event) -> list[str]:
    if event.name == "unreadable":
        return []
    return [event.json["id"]] if event.name == "notification" else [change["id"] for change in event.json["changed"]]
