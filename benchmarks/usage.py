"""Memory and processor time of processes, as Linux counts them."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
# Without `Pss_File`, code mapped from files: its share varies with the other Python processes on the machine.
_OWN_MEMORY = ("Pss_Anon", "Pss_Shmem", "SwapPss")
_QUIET_CORES = 0.15
_QUIET_SECONDS = 3.0


def memory_kib(pids: Sequence[int]) -> int:
    """The memory of these processes; a page shared by n processes counts as 1/n in each."""
    return sum(_memory_kib(pid) for pid in pids)


def cpu_seconds(pids: Sequence[int]) -> float:
    """The processor time of all their threads.

    From the scheduler: ticks are too coarse for an idle server.
    """
    return sum(int((task / "schedstat").read_text().split()[0]) for pid in pids for task in (_PROC / str(pid) / "task").iterdir()) / 1e9


class Neighbours:
    """Cores used by other processes since it was created.

    Others are all but the given ones, this one and its children that have ended.
    """

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = [*pids, os.getpid()]
        self._before = self._measured()

    def cores(self) -> float:
        (at, machine, own), (before_at, machine_before, own_before) = self._measured(), self._before
        return max(0.0, machine - machine_before - (own - own_before)) / (at - before_at)

    def _measured(self) -> tuple[float, float, float]:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.monotonic(), _machine_cpu_seconds(), cpu_seconds(self._pids) + ended.ru_utime + ended.ru_stime


def wait_for_quiet(longest: float) -> None:
    """Wait until other processes have been idle for some seconds, or for at most `longest` seconds."""
    deadline = time.monotonic() + longest
    while (left := deadline - time.monotonic()) > 0:
        neighbours = Neighbours([])
        time.sleep(min(_QUIET_SECONDS, left))
        if neighbours.cores() < _QUIET_CORES:
            return


def _machine_cpu_seconds() -> float:
    user, nice, system, _idle, _wait, *interrupts = map(int, (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(interrupts)) / _TICKS


def _memory_kib(pid: int) -> int:
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(value) for name, value, *_ in (line.replace(":", "").split() for line in lines)}
    return sum(kib[name] for name in _OWN_MEMORY)
