"""Ends the servers of a test run that was killed. `tests.servers.process` starts it as a program.

It reads `+PID` and `-PID` lines from its standard input. End of file means that the test process has ended, by whatever cause:
each process that is still listed is killed, with its tree and its process group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

import psutil


def end(pid: int) -> None:
    """Kill the process tree and the process group of `pid`; does nothing when they have ended."""
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
