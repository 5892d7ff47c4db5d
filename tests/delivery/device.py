"""Client with random behaviour: send, read, clear, disconnect, reconnect, and keep an inbox."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx

from tests.api_client import Person
from tests.faults.misbehaving import hang_up
from tests.sse import Inbox

_PATH = "/api/notifications"
_FILTERS = ("", "?status=unread", "?status=read", "?type=warning", "?q=even", "?status=all")


class Device(threading.Thread):
    """One client of `owner`; every choice is drawn from `seed`.

    `change_category`: gives a category another default. `failure` is the exception that ended it early.
    """

    def __init__(
        self,
        owner: Person,
        sender: Person,
        audiences: Sequence[str | list[str]],
        change_category: Callable[[str], None],
        *,
        seed: int,
        operations: int,
    ) -> None:
        super().__init__(name=f"{owner.name}'s device {seed}")
        self.inbox: Inbox = owner.inbox()
        self.done: Counter[str] = Counter()
        self.failure: Exception | None = None
        self._owner = owner
        self._sender = sender
        self._audiences = audiences
        self._change_category = change_category
        self._random = Random(seed)
        self._operations = operations
        self._sent: list[str] = []
        self._choices: list[tuple[Callable[[], None], int]] = [
            (self._send, 30),
            (self._change, 30),
            (self._delete, 8),
            (self._read_all, 5),
            (self._clear, 2),
            (self._update, 10),
            (self._withdraw, 3),
            (self._undo, 8),
            (self._leave, 10),
            (self._catch_up, 15),
            (self._snooze, 10),
            (self._mute, 5),
            (self._pause, 3),
            (self._choose, 5),
            (self._define, 2),
        ]

    def run(self) -> None:
        try:
            for _ in range(self._operations):
                self._one()
        except Exception as error:
            self.failure = error

    def _one(self) -> None:
        if self.inbox.stream is None and self._random.random() < 0.5:
            self.inbox.connect()
            self.done["connect"] += 1
        elif self.inbox.stream is not None:
            self.inbox.read()
        operation = self._random.choices([choice for choice, _ in self._choices], [weight for _, weight in self._choices])[0]
        operation()
        self.done[operation.__name__.strip("_")] += 1

    def _send(self) -> None:
        number = self._random.randrange(1000)
        kind = self._random.choice(["info", "success", "warning", "error"])
        thread = self._random.choice(["a", "b", None])
        text = f"{'even' if number % 2 == 0 else 'odd'} {number} “é✓\u2028”\n\tdata: not a field"
        sent = self._sender.send(self._random.choice(self._audiences), title=f"message {number}", message=text, type=kind, thread=thread)
        self._sent.append(sent["id"])

    def _update(self) -> None:
        """Send with a collapse key: updates an earlier unread notification with that key in place."""
        number, key = self._random.randrange(1000), self._random.choice("abc")
        self._sent.append(self._sender.send(self._random.choice(self._audiences), title=f"update {number}", collapse_key=key)["id"])

    def _withdraw(self) -> None:
        if self._sent:
            answer = self._sender.post(f"{_PATH}/{self._random.choice(self._sent)}/withdraw")
            assert answer.status_code == 200, answer.text

    def _undo(self) -> None:
        """Undo a recent `seq`: an operation of this device, of the user's other device, or none."""
        answer = self._owner.post(f"{_PATH}/undo", json={"seq": max(1, self.inbox.seq - self._random.randrange(3))})
        assert answer.status_code in (200, 409), answer.text
        if answer.status_code == 200:
            self.inbox.learn(answer.json())

    def _change(self) -> None:
        if (path := self._some_path()) is not None:
            status = self._random.choice(["read", "read", "unread", "archived"])
            self._learn(self._owner.patch(path, json={"status": status}))

    def _snooze(self) -> None:
        """For a moment, so that it comes back during the test, or for longer than the test."""
        if (path := self._some_path()) is not None:
            until = datetime.now(UTC) + timedelta(seconds=self._random.choice([0.5, 3600.0]))
            self._learn(self._owner.patch(path, json={"status": "snoozed", "until": until.isoformat()}))

    def _mute(self) -> None:
        """Mute a type, the sender or a thread, or unmute everything."""
        muted = self._owner.get("/api/mutes").json()
        for mute in muted:
            assert self._owner.delete(f"/api/mutes/{mute['id']}").status_code in (200, 404)
        if not muted:
            kind, value = self._random.choice([("type", "info"), ("type", "error"), ("sender", self._sender.name), ("thread", "a")])
            assert self._owner.post("/api/mutes", json={"kind": kind, "value": value}).status_code == 201

    def _pause(self) -> None:
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        ended = self._random.random() < 0.5
        answer = self._owner.delete("/api/pause") if ended else self._owner.post("/api/pause", json={"until": until})
        assert answer.status_code == 200, answer.text

    def _choose(self) -> None:
        """Choose what a category does in the app; null is the default again."""
        value = self._random.choice(["on", "quiet", "off", None])
        answer = self._owner.patch("/api/preferences", json={"categories": {"other": {"in_app": value}}})
        assert answer.status_code == 200, answer.text

    def _define(self) -> None:
        """Change a category as an admin does."""
        self._change_category(self._random.choice(["on", "quiet", "off"]))

    def _delete(self) -> None:
        if (path := self._some_path()) is not None:
            self._learn(self._owner.delete(path))

    def _read_all(self) -> None:
        self._learn(self._owner.post(f"{_PATH}/read-all{self._random.choice(_FILTERS)}"))

    def _clear(self) -> None:
        self._learn(self._owner.delete(_PATH + self._random.choice(_FILTERS)))

    def _leave(self) -> None:
        """Disconnect: close the connection, or reset it in the middle of a response."""
        if self.inbox.stream is not None and self._random.random() < 0.5:
            hang_up(self.inbox.stream)
        self.inbox.disconnect()

    def _catch_up(self) -> None:
        """Wait until the stream has delivered everything that API responses have already reported."""
        if self.inbox.stream is not None:
            known = self.inbox.seq
            self.inbox.follow(lambda inbox: inbox.cursor is not None and _seq(inbox.cursor) >= known)

    def _some_path(self) -> str | None:
        """Path of a known notification; another client may have deleted it since."""
        known = sorted(self.inbox.rows)
        return f"{_PATH}/{self._random.choice(known)}" if known else None

    def _learn(self, answer: httpx.Response) -> None:
        assert answer.status_code in (200, 404), f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        if answer.status_code == 200:
            told: dict[str, Any] = answer.json()
            self.inbox.learn(told)


def _seq(cursor: str) -> int:
    return int(cursor.rpartition("-")[2])
