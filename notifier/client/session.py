"""A job as its watchers see it, told from inside the job. The job never waits for the server: a thread tells the latest state.

A server that is away finds the job where it is when it comes back. What was refused, or could not be told by the end, is in `trouble`.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from notifier.client.answers import NotReached, RefusedByServer

Post = Callable[[str, Mapping[str, Any]], object]
"""Sends a body to a path. Raises `NotReached`, `RefusedByServer`."""

_log = logging.getLogger("notifier.client")
_LONGEST_MESSAGE = 4000
_BETWEEN_SECONDS = 0.25
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0


class Session:
    """Begins and ends with its `with` block: a block that raises has failed, any other is complete.

    `fields`: those of `POST /api/sessions`. `pulse_seconds`: how often it says that it is still there while nothing is reported; None:
    never, and a job that hangs shows as stalled. `patience_seconds`: how long the end waits for a server that is away.
    """

    def __init__(self, post: Post, fields: Mapping[str, Any], *, pulse_seconds: float | None, patience_seconds: float) -> None:
        self.id: str = fields.get("id") or str(uuid.uuid4())
        self.trouble: str | None = None
        self._post = post
        self._fields = {**fields, "id": self.id}
        self._pulse_seconds = pulse_seconds
        self._patience_seconds = patience_seconds
        self._made = self._perhaps_made = False
        self._state: dict[str, Any] = {"status": "processing", "progress": 0}
        self._untold = True
        self._changed = threading.Condition()
        """Protects `_state` and `_untold`; notified when there is something to tell."""
        self._ending = threading.Event()
        self._end_by = float("inf")
        self._thread = threading.Thread(target=self._tell, name=f"session {self.id}", daemon=True)

    def __enter__(self) -> Self:
        """Raises `RefusedByServer` when the server will have none of it; one that is away is told later."""
        try:
            self._make()
        except NotReached as error:
            _log.info("session %s is told later: %s", self.id, error)
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
        self._thread.join()
        if self.trouble:
            _log.warning("session %s: %s", self.id, self.trouble)

    def report(self, progress: float | None = None, message: str | None = None, *, status: str = "processing") -> None:
        """Where the job stands: in percent, in words. Returns at once; of several reports within a quarter of a second the last counts."""
        if progress is not None and not 0 <= progress <= 100:
            raise ValueError(f"progress is in percent, 0 to 100, not {progress}")
        percent = {} if progress is None else {"progress": int(progress)}
        words = {} if message is None else {"message": _plain(message)}
        self._set({"status": status, **percent, **words})

    def fail(self, error: str) -> None:
        """The job has failed, also where its block does not end by an exception."""
        self._set({"status": "failed", "error": _plain(error) or "failed"})

    def _set(self, news: dict[str, Any]) -> None:
        with self._changed:
            if self._state["status"] == "failed" or self._state | news == self._state:
                return
            self._state, self._untold = self._state | news, True
            self._changed.notify()

    def _tell(self) -> None:
        """Tells each latest state, until the end is told or there is no use in it any more."""
        wait = _FIRST_WAIT
        while True:
            state = self._next()
            ends = state["status"] in ("processed", "failed")
            try:
                self._make()
                self._post(f"/api/sessions/{self.id}/status", state)
            except (NotReached, RefusedByServer) as error:
                if not _passing(error) or time.monotonic() >= self._end_by:
                    # An end that got no answer may have been told.
                    self.trouble = None if ends and _code(error) == "session_over" else str(error)
                    return
                self._put_back()
                self._rest(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                if ends:
                    return
                wait = _FIRST_WAIT
                self._rest(_BETWEEN_SECONDS)

    def _next(self) -> dict[str, Any]:
        """The latest state, once there is one to tell: a new one, or the same again as a sign of life."""
        with self._changed:
            self._changed.wait_for(lambda: self._untold, self._pulse_seconds)
            self._untold = False
            return self._state

    def _put_back(self) -> None:
        with self._changed:
            self._untold = True

    def _rest(self, seconds: float) -> None:
        """The end does not wait for it; its own waits are bounded."""
        if not self._ending.is_set():
            self._ending.wait(seconds)
        else:
            time.sleep(max(0.0, min(seconds, self._end_by - time.monotonic())))

    def _make(self) -> None:
        if self._made:
            return
        try:
            self._post("/api/sessions", self._fields)
        except NotReached:
            self._perhaps_made = True
            raise
        except RefusedByServer as refusal:
            if not (self._perhaps_made and _code(refusal) == "session_exists"):
                raise
        self._made = True


def _passing(error: NotReached | RefusedByServer) -> bool:
    return isinstance(error, NotReached) or error.passing


def _code(error: NotReached | RefusedByServer) -> str | None:
    return error.problem.get("code") if isinstance(error, RefusedByServer) else None


def _plain(text: str) -> str:
    """As the server takes it: without control characters, and not too long."""
    shown = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return shown.strip()[:_LONGEST_MESSAGE]
