"""Ends the servers of tests that were themselves killed. Run as a program; `tests.servers.process` starts it.

Reads `+PID` and `-PID` lines from its standard input. When that ends, the tests are gone, however they went: what is still on the
list dies, with its tree and its process group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

import psutil


def end(pid: int) -> None:
    """Kills the tree under `pid` and the process group it leads; harmless when they are gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        for process in [leader, *leader.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    alive: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            alive.add(pid)
        else:
            alive.discard(pid)
    for pid in alive:
        end(pid)


if __name__ == "__main__":
    main()
