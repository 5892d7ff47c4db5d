"""Measure what simultaneous wrong sign-ins cost everybody else, with SQLite and passwords of full cost.

All of them at once, again and again, while another process requests a page at a fixed rate. Each guess is for an account of its own
and no limit refuses any, so that every one is verified.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from benchmarks.probe import Probe
from benchmarks.usage import memory_kib, wait_for_quiet
from tests.databases import SqliteDatabases
from tests.servers import Notifier
from tests.site import Site, open_site

GOAL_MS = 300
GOAL_MIB = 150
_PAGES_A_SECOND = 20
_SAMPLED_SECONDS = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quiet", type=float, default=0.0, help="wait so many seconds at most for an idle machine")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with SqliteDatabases(directory).fresh() as url, open_site(Notifier(url, directory)) as site:
            wait_for_quiet(asked.quiet)
            seconds, mib = measured(site, asked.at_once, asked.rounds)
    times = sorted(second * 1000 for second in seconds)
    p99 = times[int(len(times) * 0.99)]
    print(f"{asked.at_once} wrong sign-ins at once, {asked.rounds} times: {len(times)} pages, ", end="")
    print(f"median {statistics.median(times):.0f} ms, p99 {p99:.0f} ms, slowest {times[-1]:.0f} ms; {mib:.0f} MiB more at the peak")
    print(f"goal, p99 under {GOAL_MS} ms and less than {GOAL_MIB} MiB more: {'met' if p99 < GOAL_MS and mib < GOAL_MIB else 'MISSED'}")


def measured(site: Site, at_once: int, rounds: int) -> tuple[list[float], float]:
    """The seconds that each page took, and the MiB by which the server grew at most."""
    reader = site.person("reader")
    pids = [site.server.pid, *site.server.workers()]
    before = memory_kib(pids)
    done = threading.Event()
    with Probe(site.server.port, _PAGES_A_SECOND, "/notifications", reader.token) as probe, ThreadPoolExecutor(at_once + 1) as pool:
        peak = pool.submit(_peak, pids, done)
        try:
            for number in range(rounds):
                names = [f"guessed-{number}-{each}" for each in range(at_once)]
                statuses = Counter(pool.map(lambda name: _guess(site.url, name), names))
                assert set(statuses) <= {401, 503}, statuses  # 503: no turn within 30 s, on a machine that is busy otherwise
        finally:
            done.set()
    return probe.seconds, (peak.result() - before) / 1024


def _peak(pids: list[int], done: threading.Event) -> int:
    most = 0
    while not done.wait(_SAMPLED_SECONDS):
        most = max(most, memory_kib(pids))
    return most


def _guess(url: str, name: str) -> int:
    body = {"username": name, "password": "not the password"}
    return httpx.post(f"{url}/api/auth/login", json=body, timeout=60, trust_env=False).status_code


if __name__ == "__main__":
    main()
