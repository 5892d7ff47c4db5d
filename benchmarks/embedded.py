"""Compare the streams of embedded bells with those of signed-in users, on one server and in turn.

An embedded one brings a token that the host application signed, and the `Origin` of its page. With a preflight its browser asks the
server before, which it does once in two hours. Groups of 500 take turns, so that what else the machine does meets all kinds alike.
The table shows what each kind cost the server: processor time and memory of an opening, and processor time of a delivery.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import jwt

from benchmarks import people
from benchmarks.bench import allow_descriptors
from benchmarks.crowd import Crowd
from benchmarks.people import GROUP_SIZE
from benchmarks.poster import Poster
from benchmarks.stream import Stream
from benchmarks.usage import Neighbours, cpu_seconds, memory_kib
from tests.servers import Notifier

_ORIGIN = "http://shop.example"
_SECRET = "only-for-measuring-only-for-measuring"
_SETTINGS = {"ACCESS_TOKEN_MINUTES": 120, "TRUSTED_ISSUER": "host", "TRUSTED_SECRET": _SECRET, "CORS_ORIGINS": _ORIGIN}
_TOKEN_SECONDS = 3600
_KINDS = ("signed in", "embedded", "embedded, with preflight")
_PATIENCE_SECONDS = 120.0
_SETTLE_SECONDS = 1.0
_AT_ONCE = 50

Figures = dict[str, list[float]]
"""For each kind the figures of its groups."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.embedded", description=__doc__)
    parser.add_argument("--groups", type=int, default=12, help="of each kind (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="messages to each group (default %(default)s)")
    options = parser.parse_args(arguments)
    groups = len(_KINDS) * (options.groups + 1)  # the first of each kind warms up
    allow_descriptors(groups * GROUP_SIZE)
    with tempfile.TemporaryDirectory(prefix="notifier-bench-") as name:
        directory = Path(name)
        server = Notifier(f"sqlite:///{directory / 'bench.db'}", directory, settings=_SETTINGS)
        try:
            return _measure(server, groups, options.repeats)
        finally:
            server.close()


def _measure(server: Notifier, groups: int, repeats: int) -> int:
    tokens = people.populate(groups * GROUP_SIZE, 0, server.environment())
    server.start()
    pids = [server.pid, *server.workers()]
    neighbours = Neighbours(pids)
    openings, memory, deliveries = Figures(), Figures(), Figures()
    with Crowd(server.port) as crowd:
        for group in range(groups):
            used, kept = _open(crowd, pids, group, tokens)
            _note(openings, group, 1e3 * used)
            _note(memory, group, kept)
        poster = Poster(crowd, tokens[0])
        for _ in range(repeats):
            for group in range(groups):
                _note(deliveries, group, 1e6 * _send(crowd, pids, group, poster))
        verdict = crowd.ledger.verdict()
    print(f"{(groups - len(_KINDS)) * GROUP_SIZE:,} streams, {neighbours.cores():.2f} cores used by others, {verdict}")
    for title, figures in (("opening, ms", openings), ("memory, KiB", memory), ("delivery, us", deliveries)):
        print(
            f"{title:14}",
            *(f"{kind}: {statistics.median(found):.2f} (mean {statistics.mean(found):.2f})" for kind, found in figures.items()),
            sep="  ",
        )
    return 0 if verdict.clean else 1


def _note(figures: Figures, group: int, value: float) -> None:
    if group >= len(_KINDS):
        figures.setdefault(_KINDS[group % len(_KINDS)], []).append(value)


def _open(crowd: Crowd, pids: Sequence[int], group: int, tokens: Sequence[str]) -> tuple[float, float]:
    """Open the streams of a group. Returns seconds of processor time and KiB of memory for each."""
    kind = _KINDS[group % len(_KINDS)]
    members = range(group * GROUP_SIZE, (group + 1) * GROUP_SIZE)
    own = {person: tokens[person] if kind == "signed in" else _host_token(person) for person in members}
    used, before = cpu_seconds(pids), memory_kib(pids)
    origin = "" if kind == "signed in" else _ORIGIN
    for first in members[::_AT_ONCE]:
        _open_all(crowd, {person: own[person] for person in members if first <= person < first + _AT_ONCE}, origin, "preflight" in kind)
    crowd.rest(_SETTLE_SECONDS)
    return (cpu_seconds(pids) - used) / GROUP_SIZE, (memory_kib(pids) - before) / GROUP_SIZE


def _open_all(crowd: Crowd, tokens: Mapping[int, str], origin: str, preflight: bool) -> None:
    streams = [Stream(crowd, person, token, origin, preflight=preflight) for person, token in tokens.items()]
    crowd.until(lambda: all(stream.opened_at for stream in streams), within=_PATIENCE_SECONDS, what="set-up")


def _send(crowd: Crowd, pids: Sequence[int], group: int, poster: Poster) -> float:
    """Send to a group. Returns seconds of processor time for each delivery."""
    used = cpu_seconds(pids)
    number, message = crowd.ledger.expect(range(group * GROUP_SIZE, (group + 1) * GROUP_SIZE))
    poster.post(f"group:{people.group(group)}", number)
    crowd.until(lambda: message.complete, within=_PATIENCE_SECONDS, what="the last delivery")
    return (cpu_seconds(pids) - used) / GROUP_SIZE


def _host_token(person: int) -> str:
    now, subject = int(time.time()), people.name(person)
    claims = {"iss": "host", "aud": "notifier", "sub": subject, "name": subject, "iat": now, "exp": now + _TOKEN_SECONDS}
    return jwt.encode(claims, _SECRET, algorithm="HS256")


if __name__ == "__main__":
    sys.exit(main())
