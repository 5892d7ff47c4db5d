"""Format a verdict as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.chaos.trial import Struck, Verdict

_SHOWN = 20


def report(verdict: Verdict) -> str:
    return "\n".join(_lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    plan = verdict.plan
    yield f"{verdict.stack}: {plan.clients} clients, {plan.sends:g} sends a second, {plan.seconds:g} s, seed {plan.seed}"
    yield f"{'fault':32} {'times':>5} {'accepted':>8} {'repeated':>8} {'worst gap s':>11} {'recovered s':>11}"
    by_name: dict[str, list[Struck]] = {}
    for each in verdict.struck:
        by_name.setdefault(each.fault.name, []).append(each)
    for name, times in sorted(by_name.items(), key=lambda item: (item[1][0].fault.kind, item[0])):
        repeated = sum((each.turned_away for each in times), Counter[str]())
        sums = sum(each.accepted for each in times), repeated.total()
        worst = max(each.worst_gap for each in times), max(each.until - each.over for each in times)
        yield f"{name:32} {len(times):5} {sums[0]:8} {sums[1]:8} {worst[0]:11.2f} {worst[1]:11.2f}  {_reasons(repeated)}"
    yield f"{verdict.accepted} accepted, {verdict.deliveries} deliveries, {verdict.connects} connections"
    yield f"broken promises: {len(verdict.broken)}"
    yield from (f"  {sentence}" for sentence in verdict.broken[:_SHOWN])


def _reasons(repeated: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in repeated.most_common(4))
