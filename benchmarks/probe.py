"""Latency of other requests while streams are served: GETs at a fixed rate from another process.

Times count from when a request was due, so a stall of the server is not hidden by requests that were never sent.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import subprocess
import sys
import time

from benchmarks.crowd import Failed

_PATH = "/healthz"
_PATIENCE_SECONDS = 20.0


class Probe:
    """Requests `path` for the time of a `with` block.

    Afterwards `seconds` has the time of each answer.
    `token`: that of a signed-in user, or empty.
    """

    def __init__(self, port: int, rate: float, path: str = _PATH, token: str = "") -> None:
        self.seconds: list[float] = []
        self._path = path
        self._command = [sys.executable, "-m", "benchmarks.probe", str(port), str(rate), path, token]

    def __enter__(self) -> Probe:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            answer, _nothing = self._process.communicate(timeout=_PATIENCE_SECONDS * 2)
        finally:
            self._process.kill()
        if self._process.returncode:
            if kind is None:
                raise Failed(f"{self._path} was not answered")
            return
        self.seconds = json.loads(answer)


def main(port: int, rate: float, path: str, token: str) -> None:
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)  # so that the delay of its own wake-up is not measured
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    headers = {"Cookie": f"access_token_cookie={token}"} if token else {}
    _get(connection, path, headers)
    seconds = list[float]()
    print("ready", flush=True)
    due = time.monotonic()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
        if time.monotonic() < due:
            continue
        _get(connection, path, headers)
        seconds.append(time.monotonic() - due)
        due += 1 / rate
    print(json.dumps(seconds))


def _get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> None:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        sys.exit(f"{path} answered {response.status}")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4])
