"""A push service and a receiver of webhooks, in a process of their own.

In the process of the clients they would hold up what takes the times of arrivals; at a low priority they hardly take the processor from
the server that is measured.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.outbox.receiver import Call
from tests.servers.server import Server

READY, CALLS, PUSHES = "ready.json", "calls.jsonl", "pushes.jsonl"
_ROOT = Path(__file__).parents[2]
# A tenth of the usual share. With less, a machine that others use as well would let calls time out.
_NICE = 10


class Stubs(Server):
    """`devices`: how many browsers have subscribed."""

    def __init__(self, devices: int) -> None:
        super().__init__()
        self._devices = devices

    def launch(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
        command = [sys.executable, "-m", "tests.chaos.stubs_program", str(self.home), str(self._devices)]
        self._run(command, env=environment | {"PYTHONPATH": str(_ROOT)})
        low_priority(self)

    def answers(self) -> bool:
        return (self.home / READY).exists()

    @property
    def hooks(self) -> str:
        """Where the receiver takes calls."""
        return str(self._ready_file()["hooks"])

    @property
    def subscriptions(self) -> Sequence[dict[str, str]]:
        """What the browsers' `pushManager.subscribe` returns."""
        found: list[dict[str, str]] = self._ready_file()["subscriptions"]
        return found

    def calls(self) -> list[Call]:
        return [Call(call["headers"], call["body"].encode()) for call in map(json.loads, self._lines(CALLS))]

    def pushes(self) -> int:
        """How many pushes arrived."""
        return len(self._lines(PUSHES))

    def _ready_file(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / READY).read_text())
        return found

    def _lines(self, name: str) -> list[str]:
        file = self.home / name
        # Without an unfinished last line: the program may be writing it.
        return file.read_text().rpartition("\n")[0].splitlines() if file.exists() else []


def low_priority(server: Server) -> None:
    """Give a program a small share of the processor while others want it. Threads follow that it starts later.

    Kernels that schedule by session go by the session's priority, and each server has one of its own.
    """
    os.setpriority(os.PRIO_PROCESS, server.pid, _NICE)
    with suppress(OSError):
        Path(f"/proc/{server.pid}/autogroup").write_text(str(_NICE))
