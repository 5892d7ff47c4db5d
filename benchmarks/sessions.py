"""Measure the cost of a session that 500 open streams watch, updated 100 times a second.

Progress is conflated, so the output of the server is bounded by the number of watchers and not by the rate of updates. Exit code 1
when a watcher did not receive the last state, or received more than four events a second.
"""

from __future__ import annotations

import http.client
import json
import selectors
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks import people
from benchmarks.usage import cpu_seconds
from tests.servers import Notifier

WATCHERS, EACH = 500, 10
RATE, SECONDS = 100, 10.0
LAST_WITHIN, MOST_A_SECOND = 1.0, 4.5
_REQUEST = "GET /api/sessions/{id}/status/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"


class Job(threading.Thread):
    """Updates the session at a steady rate over one connection, and ends it."""

    def __init__(self, port: int, token: str, id: str) -> None:
        super().__init__()
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._token, self._id = token, id
        self.moves = 0
        self.ended_at = 0.0

    def run(self) -> None:
        self._http.close()  # idle for too long: the server may be about to
        began = time.monotonic()
        while (now := time.monotonic()) < began + SECONDS:
            self.moves += 1
            share = (now - began) / SECONDS
            self.post(f"/api/sessions/{self._id}/status", {"status": "moving", "progress": int(99 * share), "message": f"{self.moves}"})
            time.sleep(max(0.0, began + self.moves / RATE - time.monotonic()))
        self.post(f"/api/sessions/{self._id}/status", {"status": "processed"})
        self.ended_at = time.monotonic()

    def post(self, path: str, body: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        self._http.request("POST", path, json.dumps(body), headers)
        answer = self._http.getresponse()
        assert answer.status in (200, 201), answer.read()
        answer.read()


class Watcher:
    """One watching stream; counts bytes and events."""

    def __init__(self, port: int, id: str, token: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(_REQUEST.format(id=id, token=token).encode())
        self.bytes = self.events = 0
        self.ended_at = 0.0

    def read(self) -> bool:
        """Read once. False at the end of the stream."""
        data = self.socket.recv(65_536)
        self.bytes += len(data)
        self.events += data.count(b"event: ")
        if b"event: complete" in data:
            self.ended_at = time.monotonic()
        return bool(data)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        server = Notifier(f"sqlite:///{name}/notifier.db", Path(name), settings={"STREAM_RATE": "off"})
        tokens = people.populate(WATCHERS // EACH + 1, 0, server.environment())
        with server:
            return measured(server, tokens[0], tokens[1:])


def measured(server: Notifier, sender: str, watching: list[str]) -> int:
    job = Job(server.port, sender, "watched")
    viewers = [people.name(number) for number in range(2, len(watching) + 1)]
    job.post("/api/sessions", {"id": "watched", "title": "Watched", "owner": people.name(1), "viewers": viewers})
    watchers = [Watcher(server.port, "watched", token) for token in watching for _ in range(EACH)]
    with selectors.DefaultSelector() as selector:
        for watcher in watchers:
            selector.register(watcher.socket, selectors.EVENT_READ, watcher)
        while not all(watcher.events for watcher in watchers):
            _turn(selector)
        opened = sum(watcher.bytes for watcher in watchers)
        before = cpu_seconds(server.workers())
        job.start()
        while selector.get_map() and (not job.ended_at or time.monotonic() < job.ended_at + LAST_WITHIN):
            _turn(selector)
        cores = (cpu_seconds(server.workers()) - before) / SECONDS
    job.join()
    return _report(job, watchers, cores, sum(watcher.bytes for watcher in watchers) - opened)


def _turn(selector: selectors.BaseSelector) -> None:
    for key, _ in selector.select(0.05):
        if not key.data.read():
            selector.unregister(key.fileobj)


def _report(job: Job, watchers: list[Watcher], cores: float, sent: int) -> int:
    late = [watcher.ended_at - job.ended_at for watcher in watchers if watcher.ended_at]
    rate = max(watcher.events for watcher in watchers) / SECONDS
    print(f"{len(watchers)} watchers, {job.moves / SECONDS:.0f} moves a second for {SECONDS:.0f} s")
    print(f"  server CPU                {cores:8.2f} cores")
    print(f"  sent                      {sent / SECONDS / 1024:8.0f} KiB a second, {sent / SECONDS / len(watchers):.0f} bytes a watcher")
    print(f"  received                  {rate:8.1f} times a second, goal < {MOST_A_SECOND:g}")
    print(f"  saw the last state        {len(late):8} of {len(watchers)}, the last {max(late, default=0.0) * 1000:.0f} ms after its answer")
    return 0 if len(late) == len(watchers) and rate < MOST_A_SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
