"""The order that the promise gives to the events of one connection, checked as they come."""

from __future__ import annotations

import re

from tests.sse.parser import Event

_CURSOR = re.compile(r"([0-9a-f]{8})-(\d{1,18})", re.ASCII)
_WITH_CURSOR = {"connected", "reset", "notification", "state", "unreadable"}
_CHANGES = {"notification", "state", "unreadable"}


class Track:
    """Where one connection stands: opened at the cursor `asked`, or at none."""

    def __init__(self, asked: str | None) -> None:
        self._asked = asked
        self._started = False
        self._must_reset = False
        self._epoch = ""
        self._seq = -1
        self._open_seq: int | None = None
        """The seq of changes whose last event, the one with the id, is still to come."""
        self._seen: set[str] = set()
        """The notifications that changed with that seq."""

    def check(self, event: Event) -> None:
        """Raises `AssertionError` when this event may not come now."""
        if event.name == "bye":
            return
        assert self._started == (event.name != "connected"), f"`connected` comes first and once: {event}"
        assert not self._must_reset or event.name == "reset", f"without a cursor, `connected` is followed by `reset`: {event}"
        assert event.id is None or event.name in _WITH_CURSOR, f"no cursor here: {event}"
        if event.name == "connected":
            self._start(event)
        elif event.name == "reset":
            self._reset(event)
        elif event.name in _CHANGES:
            self._change(event)
        elif event.name == "heartbeat":
            assert event.json["seq"] == self._seq, f"the stream stands at {self._seq}: {event}"

    def _start(self, event: Event) -> None:
        self._started = True
        self._must_reset = event.id is None
        if event.id is not None:
            assert self._asked in (None, event.id), f"asked to resume at {self._asked}: {event}"
            self._move(event)

    def _reset(self, event: Event) -> None:
        self._must_reset = False
        # The truth may be behind where the client stood: another epoch, a backup put back.
        self._seq, self._epoch, self._open_seq = -1, "", None
        assert event.id is not None, f"a reset says where the stream goes on: {event}"
        self._move(event)

    def _change(self, event: Event) -> None:
        seq = event.json["seq"]
        assert seq > self._seq, f"at {self._seq} already: {event}"
        assert self._open_seq in (None, seq), f"{self._open_seq} has not got its id yet: {event}"
        if self._open_seq is None:
            self._open_seq = seq
            self._seen.clear()
        for id in _changed(event):
            assert id not in self._seen, f"{id} twice in one step: {event}"
            self._seen.add(id)
        if event.id is not None:
            self._move(event)

    def _move(self, event: Event) -> None:
        match = _CURSOR.fullmatch(event.id or "")
        assert match, f"not a cursor: {event}"
        epoch, seq = match[1], int(match[2])
        assert seq == event.json["seq"], f"cursor and seq differ: {event}"
        assert epoch == (self._epoch or epoch), f"another epoch than {self._epoch}: {event}"
        assert seq > self._seq, f"a cursor that does not rise from {self._seq}: {event}"
        self._epoch, self._seq, self._open_seq = epoch, seq, None


def _changed(event: Event) -> list[str]:
    if event.name == "unreadable":
        return []
    return [event.json["id"]] if event.name == "notification" else [change["id"] for change in event.json["changed"]]
