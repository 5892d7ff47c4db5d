"""Another process that sends through the services without a bus: streams find it by the poll."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping

from benchmarks.crowd import Failed
from benchmarks.ledger import text
from benchmarks.people import group


class OtherWriter:
    """Sends to all users of `groups` groups, in one transaction for each group, without pauses."""

    def __init__(self, groups: int, environment: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "benchmarks.other_writer", str(groups)]
        self._environment = dict(environment) | {"NOTIFIER_BUS": "off"}

    def __enter__(self) -> OtherWriter:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=self._environment
        )
        self._line()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        finally:
            self._process.kill()

    def send(self, number: int) -> None:
        """Begin to send message `number`. Returns at once; see `sent`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")

    def sent(self) -> tuple[float, float]:
        """When the first transaction of the latest message began, and its last one was committed."""
        began_at, committed_at = self._line().split()
        return float(began_at), float(committed_at)

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failed("the program beside the server ended")
        return line


def main(groups: int) -> None:
    from notifier import create_app
    from notifier.services.messages.send import Draft, send

    app = create_app()
    print("ready", flush=True)
    for line in sys.stdin:
        with app.app_context():
            message = text(int(line))
            began_at = time.monotonic()
            for number in range(groups):
                send(Draft(to=f"group:{group(number)}", title="Benchmark", message=message))
            print(began_at, time.monotonic(), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
