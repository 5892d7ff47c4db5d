"""Report a job's progress from inside the job.

The job never waits: a thread sends the latest state. An unreachable server gets the latest state when it is back. What was refused, or
not sent by the end, is in `problem`.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from notifier.client.answers import NotReached, RefusedByServer

Send = Callable[[str, str, Mapping[str, Any]], object]
"""Sends a body by a method to a path. Raises `NotReached`, `RefusedByServer`."""

_log = logging.getLogger("notifier.client")
_MAX_MESSAGE_LENGTH = 4000
_MIN_INTERVAL_SECONDS = 0.25
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0
_LAST_ATTEMPT_SECONDS = 0.25


class Session:
    """Begins and ends with its `with` block: a block that raises has failed, any other is complete.

    `fields`: those of `POST /api/sessions`. `pulse_seconds`: how often the state is sent again while nothing is reported; None: never,
    and a job that hangs shows as stalled. `patience_seconds`: how long the end waits for an unreachable server.
    """

    def __init__(self, send: Send, fields: Mapping[str, Any], *, pulse_seconds: float | None, patience_seconds: float) -> None:
        self.id: str = fields.get("id") or str(uuid.uuid4())
        self.problem: str | None = None
        self._send = send
        self._fields = {name: value for name, value in fields.items() if name != "id"}
        self._pulse_seconds = pulse_seconds
        self._patience_seconds = patience_seconds
        self._created = False
        self._state: dict[str, Any] = {"status": "processing", "progress": 0}
        self._unsent = True
        self._changed = threading.Condition()
        """Protects `_state` and `_unsent`; notified when there is something to tell."""
        self._ending = threading.Event()
        self._end_by = float("inf")
        self._thread = threading.Thread(target=self._send_states, name=f"session {self.id}", daemon=True)

    def __enter__(self) -> Self:
        """Create or continue the session. Raises `RefusedByServer`; an unreachable server gets it later."""
        try:
            self._create()
        except NotReached as error:
            _log.info("session %s is created later: %s", self.id, error)
        except RefusedByServer as refusal:
            if not refusal.passing:
                raise
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.fail(str(error) or type(error).__name__)
        self._set({"status": "processed", "progress": 100})
        self._end_by = time.monotonic() + self._patience_seconds
        self._ending.set()
        # A request that is under way may hang for longer than the end waits; the thread does not keep the process alive.
        self._thread.join(self._patience_seconds + _LAST_ATTEMPT_SECONDS)
        if self._thread.is_alive():
            self.problem = "the server did not answer in time"
        if self.problem:
            _log.warning("session %s: %s", self.id, self.problem)

    def report(self, progress: float | None = None, message: str | None = None, *, status: str = "processing") -> None:
        """Report the progress, in percent and as text.

        Returns at once; of several reports within a quarter of a second the last one is sent.
        """
        if progress is not None and not 0 <= progress <= 100:
            raise ValueError(f"progress is in percent, 0 to 100, not {progress}")
        percent = {} if progress is None else {"progress": int(progress)}
        text = {} if message is None else {"message": _plain(message)}
        self._set({"status": status, **percent, **text})

    def fail(self, error: str) -> None:
        """Let the job fail, also where its block does not end by an exception."""
        self._set({"status": "failed", "error": _plain(error) or "failed"})

    def _set(self, changes: dict[str, Any]) -> None:
        with self._changed:
            if self._state["status"] == "failed" or self._state | changes == self._state:
                return
            self._state, self._unsent = self._state | changes, True
            self._changed.notify()

    def _send_states(self) -> None:
        """Send each latest state, until the end is sent or the server refuses for good."""
        wait = _FIRST_WAIT
        while True:
            state = self._next()
            ends = state["status"] in ("processed", "failed")
            try:
                self._create()
                self._send("POST", f"/api/sessions/{quote(self.id, safe='')}/status", state)
            except (NotReached, RefusedByServer) as error:
                if not _passing(error) or time.monotonic() >= self._end_by:
                    # An end that got no answer may have arrived.
                    self.problem = None if ends and _code(error) == "session_over" else str(error)
                    return
                self._put_back()
                self._rest(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                if ends:
                    return
                wait = _FIRST_WAIT
                self._rest(_MIN_INTERVAL_SECONDS)

    def _next(self) -> dict[str, Any]:
        """Wait for the next state to send: a new one, or the same again after a pulse."""
        with self._changed:
            self._changed.wait_for(lambda: self._unsent, self._pulse_seconds)
            self._unsent = False
            return self._state

    def _put_back(self) -> None:
        with self._changed:
            self._unsent = True

    def _rest(self, seconds: float) -> None:
        """Wait before the next request.

        The end of the job interrupts it; waits after that are bounded by the patience.
        """
        if not self._ending.is_set():
            self._ending.wait(seconds)
        else:
            time.sleep(max(0.0, min(seconds, self._end_by - time.monotonic())))

    def _create(self) -> None:
        if self._created:
            return
        # The id is in the address: what was created without an answer is continued by the next attempt.
        self._send("PUT", f"/api/sessions/{quote(self.id, safe='')}", self._fields)
        self._created = True


def _passing(error: NotReached | RefusedByServer) -> bool:
    return isinstance(error, NotReached) or error.passing


def _code(error: NotReached | RefusedByServer) -> str | None:
    return error.problem.get("code") if isinstance(error, RefusedByServer) else None


def _plain(text: str) -> str:
    """As the server takes it: without control characters, and not too long."""
    shown = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return shown.strip()[:_MAX_MESSAGE_LENGTH]
