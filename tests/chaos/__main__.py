"""`make soak`: long trials and crowds of thousands. Exits with 1 if a promise was broken.

spread: random faults on PostgreSQL and Redis, two instances of two workers behind nginx; embedded: the same on SQLite, one process;
storm: 5,000 reconnects at once; attempts: 3,000 unauthorized requests from one address; deaf: clients that never read or have
vanished; churn: 50,000 clients connect and disconnect.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from tests.chaos import crowds, outside, stack
from tests.chaos.comparison import comparison
from tests.chaos.faults import faults_of
from tests.chaos.report import report
from tests.chaos.trial import Plan, Trial, Verdict

_STACKS = {"spread": stack.spread, "embedded": stack.embedded}
_CHANNELS = {"on": [True], "off": [False], "both": [False, True]}
_WARM_UP_SECONDS = 10.0
_PROMPT = 1.0
_MEGABYTE = 1_000_000
# Growth allowed per thousand closed connections, measured after tens of thousands of them.
_FLAT = {"greenlets": 0.5, "descriptors": 0.5, "subscriptions": 0.5, "memory": 0.1 * _MEGABYTE}


def main() -> int:
    options = _options()
    kept = True
    for name in options.what or [*_STACKS, *_CROWDS]:
        print(f"--- {name}", flush=True)
        for broken in _trials(name, options) if name in _STACKS else _CROWDS[name](options):
            print(f"BROKEN: {broken}", flush=True)
            kept = False
    return 0 if kept else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", help=f"of {', '.join([*_STACKS, *_CROWDS])}; by default all")
    parser.add_argument("--seconds", type=float, default=300.0, help="of faults in each trial, or in all of its turns together (300)")
    parser.add_argument("--seed", type=int, default=1, help="what all that is random follows from (1)")
    parser.add_argument("--clients", type=int, default=40, help="(40)")
    parser.add_argument("--sends", type=float, default=50.0, help="a second (50)")
    parser.add_argument("--channels", choices=_CHANNELS, default="on", help="with all channels, without, or once each side by side (on)")
    parser.add_argument("--turns", type=int, default=1, help="of such trials, with and without channels in turn (1)")
    parser.add_argument("--apart", action="store_true", help="send on the channels from `notifier outbox run`, not from the servers")
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults with this in their name")
    parser.add_argument("--scale", type=float, default=1.0, help="crowds of so many times their size (1)")
    options = parser.parse_args()
    if unknown := set(options.what) - {*_STACKS, *_CROWDS}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return options


def _trials(name: str, options: argparse.Namespace) -> Iterator[str]:
    turns = [[_trial(name, options, channels=channels) for channels in _CHANNELS[options.channels]] for _ in range(options.turns)]
    if options.channels == "both":
        print(comparison([off for off, _ in turns], [on for _, on in turns]), flush=True)
    for verdict in (verdict for turn in turns for verdict in turn):
        if verdict.broken:
            yield f"{len(verdict.broken)} promises, see above"
        if late := verdict.late_without_a_bus():
            yield late


def _trial(name: str, options: argparse.Namespace, *, channels: bool) -> Verdict:
    with ExitStack() as opened:
        outsiders = opened.enter_context(outside.opened(apart=options.apart)) if channels else None
        running = opened.enter_context(_STACKS[name](outside=outsiders))
        opened.enter_context(outside.sending_apart(running))
        chosen = [fault for fault in faults_of(running) if options.only in fault.name]
        plan = Plan(options.seed, options.seconds / options.turns, options.clients, options.sends, _WARM_UP_SECONDS)
        verdict = Trial(running, plan).run(chosen)
    print(report(verdict), flush=True)
    return verdict


def _storm(options: argparse.Namespace) -> Iterator[str]:
    with crowds.place() as place:
        told, seconds = crowds.storm(place, round(5000 * options.scale))
    print(f"all served after {seconds:.1f} s; {told}")
    yield from _late(told)


def _attempts(options: argparse.Namespace) -> Iterator[str]:
    with crowds.place() as place:
        told = crowds.attempts(place, round(3000 * options.scale))
    print(told)
    yield from _late(told)


def _deaf(options: argparse.Namespace) -> Iterator[str]:
    with crowds.place() as place:
        told, grown = crowds.never_reading(place, round(20 * options.scale))
    print(f"the server grew by {grown / _MEGABYTE:.1f} MB; {told}")
    yield from _late(told)
    if grown > 10 * _MEGABYTE * options.scale:
        yield f"{grown / _MEGABYTE:.1f} MB for those who never read"


def _churn(options: argparse.Namespace) -> Iterator[str]:
    with crowds.place() as place:
        churn = crowds.churn(place, round(50_000 * options.scale), partial(print, flush=True))
    print(churn)
    for what, most in _FLAT.items():
        if churn.slope(what) > most:
            yield f"{what} grow by {churn.slope(what):.2f} with every thousand"


def _late(told: crowds.Told) -> Iterator[str]:
    if told.p99 > _PROMPT:
        yield f"an outsider waited: {told}"


_CROWDS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "storm": _storm,
    "attempts": _attempts,
    "deaf": _deaf,
    "churn": _churn,
}


if __name__ == "__main__":
    sys.exit(main())
