"""`make soak SOAK_HOURS=1`: a steady load for hours, and whether memory, descriptors and greenlets of the server stay the same.

Each user has a stream; messages go to one user each at a fixed rate, and some streams are dropped and come back with their last id. One
process on SQLite, and this one beside it.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from benchmarks import people
from benchmarks.crowd import Crowd, Failed
from benchmarks.figures import percentile
from benchmarks.ledger import Message
from benchmarks.poster import Poster
from benchmarks.stream import Stream, open_all
from benchmarks.usage import cpu_seconds, memory_kib
from tests.servers.notifier import Executed

_CONFIGURATION = Path(__file__).with_name("counting.conf.py")
_POSTERS = 16
_AT_ONCE = 50
_PATIENCE_SECONDS = 120.0
_SAMPLE_SECONDS = 60.0
_TICK_SECONDS = 0.005
_ALLOWED_GROWTH = 1.05
"""The median of the last third of the samples, as a multiple of that of the second: the first warms up."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """What the server uses at one time. `memory`: KiB. `late`: seconds from POST to byte since the last sample. `cores`: in that time."""

    memory: int
    descriptors: int
    greenlets: int
    late: list[float]
    cores: float

    def __str__(self) -> str:
        late = f"p50 {1e3 * percentile(self.late, 50):.1f} ms, p99 {1e3 * percentile(self.late, 99):.1f} ms" if self.late else "none sent"
        return f"{self.memory / 1024:.1f} MiB, {self.descriptors} descriptors, {self.greenlets} greenlets, {self.cores:.2f} cores, {late}"


@dataclass(slots=True)
class _Load:
    """The streams of all users, who get `rate` messages a second and of whom `churn` reconnect in each."""

    crowd: Crowd
    tokens: list[str]
    rate: float
    churn: float
    streams: list[Stream] = field(default_factory=list)
    waiting: list[tuple[float, Message]] = field(default_factory=list)
    reconnects: int = 0

    def open(self) -> None:
        self.streams = open_all(self.crowd, self.tokens, at_once=_AT_ONCE)

    def run(self, seconds: float) -> None:
        """Post and reconnect for `seconds`, each at its time."""
        began_at = monotonic()
        sent = reconnected = 0
        posters = [Poster(self.crowd, self.tokens[0]) for _ in range(_POSTERS)]
        while (past := monotonic() - began_at) < seconds:
            while sent < past * self.rate and (poster := next((one for one in posters if not one.waits), None)):
                person = random.randrange(len(self.tokens))
                number, message = self.crowd.ledger.expect([person])
                self.waiting.append((poster.start(f"user:{people.name(person)}", number), message))
                sent += 1
            while reconnected < past * self.churn:
                self._reconnect(random.randrange(len(self.streams)))
                reconnected += 1
            self.crowd.rest(_TICK_SECONDS)
        self.crowd.until(lambda: not any(one.waits for one in posters), within=_PATIENCE_SECONDS, what="the last answers")
        for poster in posters:
            poster.close()

    def arrived(self) -> list[float]:
        """The seconds from POST to byte of the messages that have arrived since the last call."""
        done = [(sent_at, message) for sent_at, message in self.waiting if message.complete]
        self.waiting = [(sent_at, message) for sent_at, message in self.waiting if not message.complete]
        return [message.first_at - sent_at for sent_at, message in done]

    def _reconnect(self, person: int) -> None:
        old = self.streams[person]
        if not old.opened_at:
            return
        old.close()
        self.streams[person] = Stream(self.crowd, person, self.tokens[person], last_id=old.last_id)
        self.reconnects += 1


def main() -> int:
    options = _options()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as life:
        directory = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="notifier-steady-")))
        os.environ["GREENLETS"] = str(directory / "greenlets")
        settings = {"ACCESS_TOKEN_MINUTES": 120 + int(60 * options.hours)}
        url = f"sqlite:///{directory / 'bench.db'}"
        server = Executed(url, directory, args=["--config", str(_CONFIGURATION)], settings=settings)
        life.callback(server.close)
        tokens = people.populate(options.streams, 0, server.environment())
        server.start()
        load = _Load(life.enter_context(Crowd(server.port)), tokens, options.rate, options.churn)
        load.open()
        samples = list[_Sample]()
        try:
            for minute in range(max(3, round(options.hours * 3600 / _SAMPLE_SECONDS))):
                samples.append(_measured(load, [server.pid, *server.workers()], directory / "greenlets"))
                print(f"{minute + 1:5} min: {samples[-1]}", flush=True)
            load.crowd.until(lambda: not load.arrived() and not load.waiting, within=_PATIENCE_SECONDS, what="the last messages")
        except Failed as error:
            print(f"could not be finished: {error}", file=sys.stderr)
            return 2
        return _report(load, samples)


def _measured(load: _Load, pids: list[int], greenlets: Path) -> _Sample:
    used, began_at = cpu_seconds(pids), monotonic()
    load.run(_SAMPLE_SECONDS)
    cores = (cpu_seconds(pids) - used) / (monotonic() - began_at)
    greenlets.unlink(missing_ok=True)
    os.kill(pids[-1], signal.SIGUSR2)
    load.crowd.until(greenlets.exists, within=_PATIENCE_SECONDS, what="the number of greenlets")
    load.crowd.rest(_TICK_SECONDS)
    descriptors = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
    return _Sample(memory_kib(pids), descriptors, int(greenlets.read_text()), load.arrived(), cores)


def _report(load: _Load, samples: list[_Sample]) -> int:
    third = len(samples) // 3
    clean = load.crowd.ledger.verdict().clean
    print(f"{len(load.streams)} streams, {load.rate:g} messages and {load.churn:g} reconnects a second; {load.reconnects} reconnects")
    print(load.crowd.ledger.verdict())
    grown = False
    for name in ("memory", "descriptors", "greenlets"):
        second = statistics.median(getattr(sample, name) for sample in samples[third : 2 * third])
        last = statistics.median(getattr(sample, name) for sample in samples[2 * third :])
        grown = grown or last > second * _ALLOWED_GROWTH
        print(f"{name}: {second:,.0f} in the second third, {last:,.0f} in the last")
    return 0 if clean and not grown else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.steady", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1.0, help="default %(default)g")
    parser.add_argument("--streams", type=int, default=5000, help="as many users have one each (default %(default)s)")
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second (default %(default)g)")
    parser.add_argument("--churn", type=float, default=10.0, help="reconnects a second (default %(default)g)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
