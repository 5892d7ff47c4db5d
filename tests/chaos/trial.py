"""One run: users work on a stack while faults happen, then every promise is checked."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from random import Random

from tests.api_client import Person
from tests.chaos import mails, outside
from tests.chaos.client import Client
from tests.chaos.faults import Fault, Scene, faults_of
from tests.chaos.judge import judge
from tests.chaos.ledger import Ledger
from tests.chaos.sender import Sender
from tests.chaos.stack import Stack
from tests.waiting import eventually

BY_THE_LOOK_SECONDS = 2.0
_SENDERS = 10
_CONNECTED_WITHIN = 60.0
_RECOVERED_WITHIN = 60.0
_ENDED_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`sends` per second, for `seconds` seconds; every random choice derives from `seed`.

    For `warm_up` seconds before that nothing fails and no time is measured: processes load what they send with, PostgreSQL makes its plans.
    """

    seed: int
    seconds: float
    clients: int = 40
    sends: float = 50.0
    warm_up: float = 0.0


@dataclass(slots=True)
class Struck:
    """One fault as it happened, on the monotonic clock.

    It lasted from `since` to `over`; at `until` all clients were connected and had caught up.
    """

    fault: Fault
    since: float
    over: float = 0.0
    until: float = 0.0
    accepted: int = 0
    turned_away: Counter[str] = field(default_factory=Counter)
    worst_gap: float = 0.0
    """Seconds from the response to a send during the fault until all of its recipients' clients had it, at most."""


@dataclass(slots=True)
class Verdict:
    """`broken`: a description of every broken promise."""

    plan: Plan
    stack: str
    struck: list[Struck] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    accepted: int = 0
    deliveries: int = 0
    connects: int = 0
    calm: list[float] = field(default_factory=list)
    """Seconds from the response to a send, while nothing failed, until each of its recipients' clients had it."""
    worked: float = 0.0
    """Processor time of the instances in seconds, while nothing failed."""

    def late_without_a_bus(self) -> str | None:
        """Describe a delivery that was too late while the bus failed.

        Also gives the delay while nothing failed, which shows how slow the machine is.
        """
        worst, machine = self.worst_gap("bus"), self.worst_gap("none")
        return f"{worst:.2f} s without a bus, {machine:.2f} s while nothing failed" if worst > BY_THE_LOOK_SECONDS else None

    def worst_gap(self, kind: str) -> float:
        """The longest delivery in seconds while something of that kind failed."""
        return max((each.worst_gap for each in self.struck if each.fault.kind == kind), default=0.0)


class Trial:
    """All senders and clients of a run.

    `quiet` ends the senders, `gone` the clients; one that fails sets the event of its kind early.
    """

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self.stack = stack
        self.plan = plan
        self.ledger = Ledger()
        self.quiet, self.gone = threading.Event(), threading.Event()
        self._random = Random(plan.seed)
        people = [stack.people.person(f"person{number}") for number in range(max(1, plan.clients * 4 // 5))]
        mails.turn_on(stack, people)
        outside.turn_on(stack, people)
        audiences = _audiences(stack, people, self._random)
        sender = stack.people.person("dana", "sender")
        # Some users have two devices.
        self.clients = [
            Client(stack.url, people[number % len(people)], self.gone, seed=plan.seed + number) for number in range(plan.clients)
        ]
        self.senders = [
            Sender(stack.url, sender, audiences, self.ledger, self.quiet, seed=plan.seed + number, interval=_SENDERS / plan.sends)
            for number in range(_SENDERS)
        ]

    def run(self, faults: Sequence[Fault] | None = None) -> Verdict:
        """Run the trial with `faults`, by default all that can happen to the stack."""
        verdict = Verdict(self.plan, self.stack.name)
        try:
            _start(self.clients)
            eventually(lambda: self._failed() or all(client.ready() for client in self.clients), within=_CONNECTED_WITHIN)
            _start(self.senders)
            self.quiet.wait(self.plan.warm_up)
            self._strike(_endless(faults or faults_of(self.stack), self._random), verdict)
            self.quiet.set()
            _join(self.senders)
            eventually(lambda: self._failed(also=False) or self._recovered(), within=_RECOVERED_WITHIN, why=self._who_is_behind)
        except AssertionError as error:
            verdict.broken.append(str(error))
        finally:
            self.quiet.set()
            self.gone.set()
            _join([*self.senders, *self.clients])
        self._measure(verdict)
        # A stack that has not recovered cannot be checked.
        verdict.broken = verdict.broken or [
            *judge(self.stack, self.clients, self.senders, self.ledger),
            *mails.judge(self.stack),
            *outside.judge(self.stack, self.ledger),
        ]
        for client in self.clients:
            client.inbox.close()
        return verdict

    def _strike(self, faults: Iterator[Fault], verdict: Verdict) -> None:
        """Run the faults one by one, each after recovery from the last; add them to the verdict."""
        scene = Scene(self.stack, self.clients, self._random, self.quiet.wait)
        deadline = time.monotonic() + self.plan.seconds
        while time.monotonic() < deadline and not self._failed():
            this = Struck(next(faults), time.monotonic())
            verdict.struck.append(this)
            worked = self.stack.processor_seconds() if this.fault.kind == "none" else 0.0
            this.fault.strike(scene)
            this.over = time.monotonic()
            if this.fault.kind == "none":
                verdict.worked += self.stack.processor_seconds() - worked
            self.quiet.wait(self._random.uniform(0.2, 1.0))
            self._wait_for_recovery(this)
            this.until = time.monotonic()

    def _wait_for_recovery(self, this: Struck) -> None:
        eventually(
            lambda: self._failed() or self._recovered(this.over),
            within=_RECOVERED_WITHIN,
            why=lambda: f"after {this.fault.name}: {self._who_is_behind()}",
        )

    def _failed(self, *, also: bool = True) -> bool:
        return self.gone.is_set() or (also and self.quiet.is_set())

    def _recovered(self, accepted_before: float = float("inf")) -> bool:
        """Whether every client is connected and has all messages accepted until then."""
        return all(client.connected() and not client.behind(self.ledger, accepted_before) for client in self.clients)

    def _who_is_behind(self) -> str:
        behind = [(client.name, client.behind(self.ledger), client.inbox.cursor, client.inbox.reason) for client in self.clients]
        return f"behind: {[each for each in behind if each[1]]}; connected: {sum(client.connected() for client in self.clients)}"

    def _measure(self, verdict: Verdict) -> None:
        devices: dict[str, list[Client]] = {}
        for client in self.clients:
            devices.setdefault(client.person.id, []).append(client)
        for accepted in self.ledger.accepted():
            gaps = [client.inbox.seen.get(accepted.id, accepted.at) - accepted.at for to in accepted.to for client in devices[to]]
            verdict.accepted += 1
            verdict.deliveries += len(gaps)
            for this in verdict.struck:
                if this.since <= accepted.at < this.over:
                    this.accepted += 1
                    this.worst_gap = max([this.worst_gap, *gaps])
                    if this.fault.kind == "none":
                        verdict.calm += gaps
        for this in verdict.struck:
            this.turned_away = self.ledger.turned_away(this.since, this.until)
        verdict.connects = sum(client.inbox.connects for client in self.clients)


def _audiences(stack: Stack, people: Sequence[Person], random: Random) -> list[tuple[str | list[str], Sequence[str]]]:
    """Mostly single users, sometimes a few, a group, or all."""
    everybody = [person.id for person in people]
    staff = random.sample(list(people), max(1, len(people) // 4))
    group = f"group:{stack.people.group('staff', *staff)}"
    single: list[tuple[str | list[str], Sequence[str]]] = [(person.address, [person.id]) for person in people]
    few = [random.sample(list(people), min(3, len(people))) for _ in range(max(1, len(people) // 4))]
    several = [_named(some) for some in few]
    if stack.outside is not None:
        several[0] = [*several[0][0], outside.DESTINATION], several[0][1]
    in_staff = [person.id for person in staff]
    wide: list[tuple[str | list[str], Sequence[str]]] = [(group, in_staff), (group, in_staff), ("all", everybody)]
    return single + several + wide


def _named(some: Sequence[Person]) -> tuple[str | list[str], Sequence[str]]:
    return [person.address for person in some], [person.id for person in some]


def _endless(faults: Sequence[Fault], random: Random) -> Iterator[Fault]:
    """Yield all faults in a new order each round, alternating kinds; "nothing" comes first."""
    while True:
        by_kind: dict[str, list[Fault]] = {}
        for fault in sorted(random.sample(list(faults), len(faults)), key=lambda fault: fault.kind != "none"):
            by_kind.setdefault(fault.kind, []).append(fault)
        for some in zip_longest(*by_kind.values()):
            yield from filter(None, some)


def _start(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()


def _join(threads: Sequence[threading.Thread]) -> None:
    deadline = time.monotonic() + _ENDED_WITHIN
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, deadline - time.monotonic()))
        assert not thread.is_alive(), f"{thread.name} is still running"
