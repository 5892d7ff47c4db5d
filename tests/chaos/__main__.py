"""`make soak`: trials for as long as you like. Prints what happened and ends with 1 if a promise was broken."""

from __future__ import annotations

import argparse
import sys

from tests.chaos import stack
from tests.chaos.faults import faults_of
from tests.chaos.report import report
from tests.chaos.trial import Plan, Trial

_STACKS = {"spread": stack.spread, "embedded": stack.embedded}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*_STACKS, []], help="which of them; by default all")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long faults happen in each trial (300)")
    parser.add_argument("--seed", type=int, default=1, help="what all that is random follows from (1)")
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--sends", type=float, default=50.0, help="a second (50)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults with this in their name")
    options = parser.parse_args()
    kept = True
    for name in options.what or _STACKS:
        with _STACKS[name]() as running:
            chosen = [fault for fault in faults_of(running) if options.only in fault.name]
            verdict = Trial(running, Plan(options.seed, options.seconds, options.clients, options.sends)).run(chosen)
        print(report(verdict), flush=True)
        kept &= not verdict.broken
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
