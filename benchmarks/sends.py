"""Measure single sends: signed in, stored, and delivered to one of many connected users.

Posts are sent over kept-alive connections, a number of them at a time, each to a random user. `--beside` names another checkout,
whose server takes turns with this one's in the same run, since processor time differs by the hour on a shared machine; `--with` sets
something for a further server of this checkout, such as MAIL_URL and PUBLIC_URL for e-mail. What opening the streams cost is shown too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from benchmarks import people
from benchmarks.checkouts import Checkout
from benchmarks.crowd import Crowd, Failed
from benchmarks.figures import percentile
from benchmarks.ledger import Message
from benchmarks.poster import Poster
from benchmarks.stream import open_all
from benchmarks.usage import Neighbours, cpu_seconds
from tests.servers import Postgres, Redis

_SETTINGS = {"ACCESS_TOKEN_MINUTES": 120}
_AT_ONCE = 64
_PATIENCE_SECONDS = 120.0
_WARM_UP = 100
_SETTLE_SECONDS = 1.5
_MOST_WAITING = 64
_CLOCK_SECONDS = 0.001


@dataclass(slots=True)
class _Side:
    """A server with the streams of its users, and what was measured of it.

    `opening`: ms of processor time of an opening, `opened`: seconds from each one's connect to its first event; `cost`: ms of a POST,
    `rate`: POSTs in a second, by the number of POSTs in parallel; `late`: seconds from POST to byte at a fixed rate.
    """

    name: str
    server: Checkout
    crowd: Crowd
    tokens: list[str]
    opening: float = 0.0
    opened: list[float] = field(default_factory=list)
    cost: dict[int, list[float]] = field(default_factory=dict)
    rate: dict[int, list[float]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    posters: list[Poster] = field(default_factory=list)

    @property
    def pids(self) -> list[int]:
        return [self.server.pid, *self.server.workers()]

    def open(self) -> None:
        """Open the stream of each user."""
        used = cpu_seconds(self.pids)
        self.opened = [stream.opened_at - stream.began_at for stream in open_all(self.crowd, self.tokens, at_once=_AT_ONCE)]
        self.crowd.rest(_SETTLE_SECONDS)
        self.opening = 1e3 * (cpu_seconds(self.pids) - used) / len(self.tokens)

    def medians(self) -> dict[int, float]:
        """`cost` by the number of POSTs in parallel."""
        return {parallel: statistics.median(costs) for parallel, costs in self.cost.items()}

    def measure(self, parallel: int, sends: int) -> None:
        """Send as fast as answers come, `parallel` at a time."""
        used, began_at = cpu_seconds(self.pids), monotonic()
        messages = self._send(parallel, [0.0] * sends)
        self.cost.setdefault(parallel, []).append(1e3 * (cpu_seconds(self.pids) - used) / sends)
        self.rate.setdefault(parallel, []).append(sends / (max(message.last_at for _, message in messages) - began_at))

    def pace(self, rate: float, sends: int) -> None:
        """Send at a fixed rate. A POST that has to wait for a free connection counts from its time."""
        began_at = monotonic()
        self.late += [message.last_at - due for due, message in self._send(_MOST_WAITING, [began_at + i / rate for i in range(sends)])]

    def _send(self, parallel: int, due: Sequence[float]) -> list[tuple[float, Message]]:
        while len(self.posters) < parallel:
            self.posters.append(Poster(self.crowd, self.tokens[0]))
        posters, sent = self.posters[:parallel], list[tuple[float, Message]]()

        def done() -> bool:
            for poster in posters:
                if len(sent) == len(due) or due[len(sent)] > monotonic():
                    break
                if not poster.waits:
                    person = random.randrange(len(self.tokens))
                    number, message = self.crowd.ledger.expect([person])
                    sent.append((due[len(sent)], message))
                    poster.start(f"user:{people.name(person)}", number)
            return len(sent) == len(due) and all(message.complete for _, message in sent) and not any(p.waits for p in posters)

        self.crowd.until(done, within=_PATIENCE_SECONDS, what=f"{len(due)} POSTs, {parallel} at a time", asking_every=_CLOCK_SECONDS)
        return sent


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with ExitStack() as life:
            sides = [life.enter_context(_side(root, options, {})) for root in [*options.beside, Path.cwd()]]
            if options.settings:
                sides.append(life.enter_context(_side(Path.cwd(), options, dict(options.settings))))
            neighbours = Neighbours([pid for side in sides for pid in side.pids])
            _measure(sides, options)
            _report(sides, options, neighbours.cores())
            if options.json:
                options.json.write_text(json.dumps({"opening": sides[-1].opening, "cost": sides[-1].medians()}))
            return 0 if all(side.crowd.ledger.verdict().clean for side in sides) else 1
    except (Failed, AssertionError, OSError) as error:
        print(f"could not be measured: {error}", file=sys.stderr)
        return 2


@contextmanager
def _side(root: Path, options: argparse.Namespace, settings: Mapping[str, object]) -> Iterator[_Side]:
    with ExitStack() as life:
        directory = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="notifier-sends-")))
        shared = {"REDIS_URL": life.enter_context(Redis()).url} if options.workers > 1 else {}
        url = f"sqlite:///{directory / 'bench.db'}"
        if options.postgres:
            url = life.enter_context(Postgres()).create_database()
        server = Checkout(root, url, directory, workers=options.workers, settings={**_SETTINGS, **shared, **settings})
        life.callback(server.close)
        tokens = people.populate(options.users, 0, server.environment(), root)
        server.start()
        side = _Side("with" if settings else root.name, server, life.enter_context(Crowd(server.port)), tokens)
        side.open()
        yield side


def _measure(sides: Sequence[_Side], options: argparse.Namespace) -> None:
    for turn in range(options.rounds + 1):
        for parallel in options.parallel:
            for side in sides:
                side.measure(parallel, options.sends if turn else _WARM_UP)
                if not turn:  # it only warms up
                    side.cost.clear()
                    side.rate.clear()
    for side in sides if options.pace else ():
        side.pace(options.pace, int(options.pace * options.seconds))


def _report(sides: Sequence[_Side], options: argparse.Namespace, neighbours: float) -> None:
    print(f"{options.users:,} users connected, {'PostgreSQL' if options.postgres else 'SQLite'}, {options.workers} process(es); ", end="")
    print(f"{neighbours:.2f} cores used by others; load {os.getloadavg()[0]:.1f}")
    first = sides[0]
    for side in sides:
        print(f"  {side.name:12} opening of a stream, {_AT_ONCE} at once: {side.opening:.2f} ms; first event: {_percentiles(side.opened)}")
    for parallel in options.parallel:
        for side in sides:
            cost, rate = statistics.median(side.cost[parallel]), statistics.median(side.rate[parallel])
            ratio = statistics.median(mine / base for mine, base in zip(side.cost[parallel], first.cost[parallel], strict=True))
            spread = f"{min(side.cost[parallel]):.2f}-{max(side.cost[parallel]):.2f}"
            print(f"  {side.name:12} {parallel:3} at a time: {cost:5.2f} ms ({spread}), {ratio:4.2f} of the first; {rate:5.0f}/s")
    for side in sides:
        if side.late:
            print(f"  {side.name:12} at {options.pace:g}/s, POST to byte: {_percentiles(side.late)}")
        print(f"  {side.name:12} {side.crowd.ledger.verdict()}")


def _percentiles(seconds: Sequence[float]) -> str:
    return ", ".join(f"p{percent} {1e3 * percentile(seconds, percent):.1f} ms" for percent in (50, 95, 99))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.sends", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1000, help="each with a stream (default %(default)s)")
    parser.add_argument("--parallel", type=_counts, default=[1, 8, 32], help="POSTs at a time, comma between (default 1,8,32)")
    parser.add_argument("--sends", type=int, default=400, help="POSTs of each measurement (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--workers", type=int, default=1, help="processes; more than one share a Redis (default %(default)s)")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, with fsync")
    parser.add_argument("--pace", type=float, default=0.0, help="at last POST at this rate, and time each until it has arrived")
    parser.add_argument("--seconds", type=float, default=5.0, help="of --pace (default %(default)g)")
    parser.add_argument("--beside", type=Path, action="append", default=[], metavar="CHECKOUT", help="measure it in turn with this one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what this checkout's opening and POSTs cost, in ms")
    given = "a setting of a further server of this checkout"
    parser.add_argument("--with", type=_setting, action="append", default=[], metavar="NAME=VALUE", dest="settings", help=given)
    return parser.parse_args(arguments)


def _setting(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not given:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _counts(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
