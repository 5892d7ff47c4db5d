"""Measure a server with many open streams of signed-in users, started here with temporary data.

Each round starts a new server for 500 users, who are all written to in one transaction, and one for each number of connections.
The table shows medians over the rounds, and goals. Exit code: 0 measured (goals missed or not), 1 events were lost, doubled, sent to
the wrong person or out of order, 2 it could not be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.crowd import Failed
from benchmarks.figures import Outcome
from benchmarks.people import GROUP_SIZE
from benchmarks.report import document, table
from benchmarks.trial import Knobs, Trial
from benchmarks.usage import wait_for_quiet

_MOST_CONNECTIONS = 15_000
_SPARE_DESCRIPTORS = 500


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    allow_descriptors(max(options.connections))
    knobs = Knobs(
        at_once=options.at_once, singles=options.singles, repeats=options.repeats, idle_seconds=options.seconds, rate=options.rate
    )
    rounds: dict[str, list[Outcome]] = {}
    try:
        for turn in range(1, options.rounds + 1):
            wait_for_quiet(options.wait)
            _progress(f"round {turn} of {options.rounds}: {GROUP_SIZE} connections")
            rounds.setdefault(f"{GROUP_SIZE} connections, one transaction", []).append(_one_transaction(knobs))
            for connections in options.connections:
                wait_for_quiet(options.wait)
                _progress(f"round {turn} of {options.rounds}: {connections:,} connections")
                rounds.setdefault(f"{connections:,} connections", []).append(_crowd(connections, knobs))
    except (Failed, AssertionError, OSError, subprocess.SubprocessError) as error:
        print(f"could not be measured: {error}", file=sys.stderr)
        return 2
    print(table(rounds))
    if options.json:
        options.json.write_text(json.dumps({"load": os.getloadavg(), "knobs": vars(options) | {"json": None}} | document(rounds), indent=1))
    outcomes = [outcome for some in rounds.values() for outcome in some]
    return 0 if all(outcome.verdict and outcome.verdict.clean for outcome in outcomes) else 1


def _one_transaction(knobs: Knobs) -> Outcome:
    with Trial(GROUP_SIZE, knobs, spare=0) as trial:
        trial.open()
        trial.to_all()
        return trial.finish()


def _crowd(connections: int, knobs: Knobs) -> Outcome:
    """Run all phases.

    Memory is measured first: the heap after broadcasts would hide what streams take.
    """
    with Trial(connections, knobs) as trial:
        trial.quiet()
        trial.set_up()
        trial.idle()
        trial.singles()
        trial.to_groups()
        trial.from_other_process()
        return trial.finish()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = Knobs()
    parser.add_argument("--connections", type=_counts, default=[1000, 5000], help="numbers of streams, comma between (default 1000,5000)")
    parser.add_argument("--rounds", type=_bounded(20), default=3, help="default %(default)s")
    parser.add_argument("--seconds", type=_bounded(120), default=usual.idle_seconds, help="of rest, for idle CPU (default %(default)g)")
    parser.add_argument("--at-once", type=_bounded(1000), default=usual.at_once, help="streams in set-up at a time (default %(default)s)")
    parser.add_argument("--singles", type=_bounded(5000), default=usual.singles, help="sends to one user (default %(default)s)")
    parser.add_argument("--repeats", type=_bounded(100, least=2), default=usual.repeats, help="of each broadcast (default %(default)s)")
    parser.add_argument("--rate", type=_bounded(500), default=usual.rate, help="GETs of the probe in a second (default %(default)g)")
    parser.add_argument("--wait", type=_bounded(600, least=0), default=0, help="seconds to wait for a quiet machine before each trial")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures of all rounds there")
    return parser.parse_args(arguments)


def _counts(text: str) -> list[int]:
    counts = [int(part) for part in text.split(",")]
    if not all(1 <= count <= _MOST_CONNECTIONS for count in counts):
        raise argparse.ArgumentTypeError(f"1 to {_MOST_CONNECTIONS} each")
    return counts


def _bounded(most: int, least: int = 1) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not least <= (value := int(text)) <= most:
            raise argparse.ArgumentTypeError(f"{least} to {most}")
        return value

    return number


def allow_descriptors(streams: int) -> None:
    """Raise the limit of open files to the maximum, for this process and the server it starts.

    Exits where it allows fewer than `streams` sockets.
    """
    wanted = streams + _SPARE_DESCRIPTORS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        sys.exit(f"{wanted} open files are needed, and {hard} allowed (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
