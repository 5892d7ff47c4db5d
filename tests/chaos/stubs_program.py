"""Run a push service and a receiver of webhooks, and write what they take as lines of JSON: see `stubs`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock
from typing import Generic, TypeVar

from tests.chaos.stubs import CALLS, PUSHES, READY
from tests.outbox.receiver import Call, Receiver
from tests.servers.push_service import Push, PushService

Taken = TypeVar("Taken")


class Written(list[Taken], Generic[Taken]):
    """A list that writes what is appended to a file, and keeps nothing."""

    def __init__(self, file: Path, line: Callable[[Taken], object]) -> None:
        super().__init__()
        self._file, self._line, self._lock = file, line, Lock()

    def append(self, one: Taken) -> None:
        with self._lock, self._file.open("a") as lines:
            lines.write(json.dumps(self._line(one)) + "\n")


def serve(home: Path, devices: int) -> None:
    with PushService() as service, Receiver() as receiver:
        receiver.calls = Written[Call](home / CALLS, lambda call: {"headers": call.headers, "body": call.body.decode()})
        browsers = [service.browser() for _ in range(devices)]
        for browser in browsers:
            browser.pushes = Written[Push](home / PUSHES, lambda push: push.content)
        unfinished = home / "unfinished"
        unfinished.write_text(json.dumps({"hooks": receiver.url, "subscriptions": [browser.form for browser in browsers]}))
        unfinished.rename(home / READY)
        Event().wait()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
