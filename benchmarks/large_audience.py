"""Measure the form and other pages while a sender sends to 20,000 users, eight times.

The other pages are the history of a signed-in user and `/healthz`, each requested at a fixed rate.
"""

from __future__ import annotations

import contextlib
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from flask_jwt_extended import get_csrf_token

from benchmarks import people
from benchmarks.probe import Probe
from notifier import create_app
from tests.servers import Notifier

PEOPLE = 20_000
_MESSAGES = 8
_RATE = 5.0
_REST_SECONDS = 20.0
_POLL_SECONDS = 0.5
_GOAL_MS = {"answer": 1000.0, "p99": 200.0}


def main(recipients: int = PEOPLE) -> int:
    with tempfile.TemporaryDirectory(prefix="notifier-bench-") as name:
        directory = Path(name)
        server = Notifier(f"sqlite:///{directory / 'bench.db'}", directory, settings={"ACCESS_TOKEN_MINUTES": 120})
        tokens = people.populate(recipients, 1, server.environment())
        with server, sender_browser(server, tokens[0]) as browser:
            with reader(server, tokens[1]) as page, Probe(server.port, _RATE) as probe:
                time.sleep(_REST_SECONDS)
            print(f"{'while nothing is sent':42} {latency(page)}   {latency(probe)}")
            with reader(server, tokens[1]) as page, Probe(server.port, _RATE) as probe:
                sent = [send(browser, f"form {number}") for number in range(_MESSAGES)]
            print(f"{f'while {recipients:,} are written to and counted':42} {latency(page)}   {latency(probe)}")
    report("the form's slowest answer", max(answered for answered, _ in sent), _GOAL_MS["answer"])
    print("seen on the way: " + ", ".join(f"{count:,} after {seconds:.1f} s" for seconds, count in sent[-1][1]))
    report("p99 of another user's page", percentile(page.seconds, 0.99), _GOAL_MS["p99"])
    return 0


@contextlib.contextmanager
def sender_browser(server: Notifier, token: str):  # type: ignore[no-untyped-def]
    """The sender's browser."""
    with create_app({"DATABASE_URL": server.database_url, "SECRET_KEY": server.settings["SECRET_KEY"]}).app_context():
        csrf = str(get_csrf_token(token))
    headers = {"Cookie": f"access_token_cookie={token}", "X-CSRF-TOKEN": csrf, "Accept": "text/html"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


def reader(server: Notifier, token: str) -> Probe:
    return Probe(server.port, _RATE, "/notifications", token)


def send(browser: httpx.Client, once: str) -> tuple[float, list[tuple[float, int]]]:
    """The seconds until the form answered, and (seconds, notifications written) of its progress."""
    form = {"to": "all", "title": "Maintenance tonight", "message": "The build farm restarts at 22:00 UTC.", "once": once}
    began = time.monotonic()
    answer = browser.post("/admin/send", data=form)
    answered = time.monotonic() - began
    assert answer.status_code == 303, answer.text
    there = answer.headers["location"].partition("?")[0]
    steps: list[tuple[float, int]] = []
    while True:
        text = browser.get(f"{there}/live").text
        found = re.search(r": ([0-9,]+) of ", text)
        steps.append((time.monotonic() - began, int(found[1].replace(",", "")) if found else PEOPLE))
        if not found:
            return answered, steps
        time.sleep(_POLL_SECONDS)


def percentile(seconds: list[float], share: float) -> float:
    return statistics.quantiles(seconds, n=100)[round(share * 100) - 1]


def report(what: str, seconds: float, goal_ms: float) -> None:
    print(f"{what}: {seconds * 1000:.0f} ms (goal < {goal_ms:g} ms){'  MISSED' if seconds * 1000 > goal_ms else ''}")


def latency(asked: Probe) -> str:
    p50, p99 = (percentile(asked.seconds, share) * 1000 for share in (0.5, 0.99))
    return f"{asked._path} p50 {p50:.1f} ms, p99 {p99:.1f} ms of {len(asked.seconds)}"


if __name__ == "__main__":
    sys.exit(main())
