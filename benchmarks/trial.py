"""One server with a number of streams, from its start to its end, and all measurements of it."""

from __future__ import annotations

import gc
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import people
from benchmarks.crowd import Crowd
from benchmarks.figures import Outcome
from benchmarks.ledger import Message
from benchmarks.other_writer import OtherWriter
from benchmarks.poster import Poster
from benchmarks.probe import Probe
from benchmarks.stream import Stream, open_all
from benchmarks.usage import Neighbours, cpu_seconds, memory_kib
from tests.servers import Notifier

_PROBE_MS = 20
_SETTINGS = {"ACCESS_TOKEN_MINUTES": 120}
_WARM_UP_STREAMS = 300
_QUIET_SECONDS = 3.0
_SETTLE_SECONDS = 1.5
_BETWEEN_BROADCASTS_SECONDS = 0.1
_PATIENCE_SECONDS = 60.0
# Longer than the server's poll: a delivery repeated by mistake has arrived by then.
_LATE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Knobs:
    """The parameters of a trial.

    `repeats`: of each broadcast (half as many from another process, each of which waits for the poll). `singles`: sends to one user.
    `at_once`: streams in set-up at a time. `rate`: GETs of the probe in a second.
    """

    at_once: int = 50
    singles: int = 300
    pace_seconds: float = 0.005
    repeats: int = 20
    idle_seconds: float = 5.0
    rate: float = 50.0


class Trial:
    """One server, started and ended as a context manager.

    Phases add to `outcome`, in the order of calls.
    """

    def __init__(self, connections: int, knobs: Knobs, *, spare: int = _WARM_UP_STREAMS) -> None:
        self.outcome = Outcome(connections)
        self._users = range(connections)
        self._groups = -(-connections // people.GROUP_SIZE)
        self._knobs = knobs
        self._spare = spare
        self._life = ExitStack()

    def __enter__(self) -> Trial:
        with ExitStack() as life:
            directory = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="notifier-bench-")))
            self._server = Notifier(f"sqlite:///{directory / 'bench.db'}", directory, settings=_SETTINGS)
            life.callback(self._server.close)
            self._tokens = people.populate(len(self._users), self._spare, self._server.environment())
            self._server.start()
            self._pids = [self._server.pid, *self._server.workers()]
            self._neighbours = Neighbours(self._pids)
            self._crowd = life.enter_context(Crowd(self._server.port))
            self._poster = Poster(self._crowd, self._tokens[0])
            self._life = life.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        gc.unfreeze()
        self._life.close()

    def quiet(self) -> None:
        """Measure what the machine itself adds to a GET of the probe."""
        with self._probe("a quiet server"):
            self._crowd.rest(_QUIET_SECONDS)

    def open(self) -> None:
        """Open the streams of all users; `set_up` also measures it."""
        self._open(self._users)

    def set_up(self) -> None:
        """Open the streams of all users, and measure time and memory."""
        self._warm_up()
        before, used = memory_kib(self._pids), cpu_seconds(self._pids)
        with self._probe("set-up"):
            streams = self._open(self._users)
            self.outcome.add("set-up of all", max(stream.opened_at for stream in streams) - streams[0].began_at, "s")
        used = cpu_seconds(self._pids) - used
        self._crowd.rest(_SETTLE_SECONDS)
        after = memory_kib(self._pids)
        gc.freeze()  # so that this process's collections skip thousands of sockets
        what = f"set-up of a stream, {self._knobs.at_once} at once"
        seconds = [stream.opened_at - stream.began_at for stream in streams]
        self.outcome.add_percentile(what, 50, seconds)
        self.outcome.add_percentile(what, 99, seconds, 500)
        self.outcome.add("set-up of a stream: server's processor time", 1e3 * used / len(streams), "ms")
        self.outcome.add("memory of a stream", (after - before) / len(streams), "KiB", 2)

    def idle(self) -> None:
        """Measure the server at rest.

        Heartbeats come every 15 and 30 seconds: a shorter rest may have none.
        """
        used = cpu_seconds(self._pids)
        self._crowd.rest(self._knobs.idle_seconds)
        used = cpu_seconds(self._pids) - used
        self.outcome.add(f"server at rest for {self._knobs.idle_seconds:g} s", 100 * used / self._knobs.idle_seconds, "% of a core")

    def singles(self) -> None:
        """Send to one connected user at a time."""
        seconds = []
        with self._probe("single sends"):
            for _ in range(self._knobs.singles):
                person = random.choice(self._users)
                number, message = self._crowd.ledger.expect([person])
                began_at, _ = self._poster.post(f"user:{people.name(person)}", number)
                self._arrival(message)
                seconds.append(message.last_at - began_at)
                self._crowd.rest(self._knobs.pace_seconds)
        self.outcome.add_percentile("POST to byte", 50, seconds)
        self.outcome.add_percentile("POST to byte", 95, seconds, 100)

    def to_all(self) -> None:
        """One POST to `all`, for up to as many as one transaction takes."""
        what = f"one POST to all {len(self._users):,}"
        self._broadcasts(what, lambda number: self._poster.post("all", number), _PROBE_MS)

    def to_groups(self) -> None:
        """Send to all users by POSTs to groups, each as soon as the one before is answered."""

        def send(number: int) -> tuple[float, float]:
            answers = [self._poster.post(f"group:{people.group(group)}", number) for group in range(self._groups)]
            return answers[0][0], answers[-1][1]

        self._broadcasts(f"{self._groups} POSTs back to back to groups of {people.GROUP_SIZE}", send)

    def from_other_process(self) -> None:
        """Send from another process; streams find the rows by the poll, which adds up to a second."""
        from_start, from_commit, spans = [], [], []
        with OtherWriter(self._groups, self._server.environment()) as writer, self._probe("inserts beside it", _PROBE_MS):
            for turn in range(self._knobs.repeats // 2 + 1):
                number, message = self._crowd.ledger.expect(self._users)
                writer.send(number)
                self._arrival(message)
                began_at, committed_at = writer.sent()
                self._crowd.rest(random.uniform(0.1, 1.1))  # so that the poll comes at any time after the commit
                if turn:
                    from_start.append(message.last_at - began_at)
                    from_commit.append(message.last_at - committed_at)
                    spans.append(message.last_at - message.first_at)
        what = f"{self._groups} inserts of {people.GROUP_SIZE} beside the server"
        self.outcome.add_times(f"{what}: start to last byte", from_start)
        self.outcome.add_times(f"{what}: commit to last byte, with the poll", from_commit, 2000)
        self.outcome.add_times(f"{what}: first to last byte", spans, 500)

    def finish(self) -> Outcome:
        """Wait for late deliveries, and count."""
        self._crowd.rest(_LATE_SECONDS)
        self.outcome.verdict = self._crowd.ledger.verdict()
        self.outcome.neighbours = self._neighbours.cores()
        return self.outcome

    def _warm_up(self) -> None:
        """Open and close streams once, so that imports and caches are not charged to those measured."""
        for stream in self._open(range(len(self._users), len(self._tokens))):
            stream.close()
        self._crowd.rest(_SETTLE_SECONDS)

    def _open(self, some: range) -> list[Stream]:
        tokens = [self._tokens[person] for person in some]
        return open_all(self._crowd, tokens, at_once=self._knobs.at_once, first=some.start)

    @contextmanager
    def _probe(self, what: str, goal_ms: float | None = None) -> Iterator[None]:
        with Probe(self._server.port, self._knobs.rate) as probe:
            yield
        self.outcome.add_percentile(f"probe's GET during {what}", 99, probe.seconds, goal_ms)

    def _broadcasts(self, what: str, send: Callable[[int], tuple[float, float]], probe_ms: float | None = None) -> None:
        """Measure `send`, which takes a message's number and returns when it began and was answered.

        The first turn only warms up.
        """
        seconds, answers, used = [], [], cpu_seconds(self._pids)
        with self._probe(what, probe_ms):
            for turn in range(self._knobs.repeats + 1):
                number, message = self._crowd.ledger.expect(self._users)
                began_at, answered_at = send(number)
                self._arrival(message)
                self._crowd.rest(_BETWEEN_BROADCASTS_SECONDS)
                if turn:
                    seconds.append(message.last_at - began_at)
                    answers.append(answered_at - began_at)
        self.outcome.add_times(f"{what}: start to last byte", seconds, 500)
        self.outcome.add_times(f"{what}: start to (last) answer", answers)
        self._cost(what, used)

    def _cost(self, what: str, used_before: float) -> None:
        """Add the processor time per delivery, the steadiest figure on a shared machine.

        The probe's GETs are included.
        """
        deliveries = (self._knobs.repeats + 1) * len(self._users)
        self.outcome.add(
            f"{what}: server's processor time for a delivery", 1e6 * (cpu_seconds(self._pids) - used_before) / deliveries, "us"
        )

    def _arrival(self, message: Message) -> None:
        self._crowd.until(lambda: message.complete, within=_PATIENCE_SECONDS, what="the last delivery of a message")
