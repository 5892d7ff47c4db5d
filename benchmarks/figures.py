"""Measured values and their goals."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.ledger import Verdict


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `goal`: its upper bound, None for a value that only explains others.

    `worst`: the worst of the measurements that `value` summarises.
    """

    what: str
    value: float
    unit: str
    goal: float | None = None
    worst: float | None = None

    @property
    def met(self) -> bool:
        return self.goal is None or self.value < self.goal


@dataclass(slots=True)
class Outcome:
    """The figures of one trial.

    `neighbours`: cores used by other programs meanwhile; above about 0.25 of two cores they distort the times.
    """

    connections: int
    figures: list[Figure] = field(default_factory=list)
    verdict: Verdict | None = None
    neighbours: float = 0.0

    def add(self, what: str, value: float, unit: str, goal: float | None = None, worst: float | None = None) -> None:
        self.figures.append(Figure(what, value, unit, goal, worst))

    def add_times(self, what: str, seconds: Sequence[float], goal_ms: float | None = None) -> None:
        """Add the median of `seconds`."""
        self.add(what, 1e3 * statistics.median(seconds), "ms", goal_ms, 1e3 * max(seconds))

    def add_percentile(self, what: str, percent: int, seconds: Sequence[float], goal_ms: float | None = None) -> None:
        self.add(f"{what}, p{percent}", 1e3 * percentile(seconds, percent), "ms", goal_ms)


def medians(outcomes: Iterable[Outcome]) -> list[Figure]:
    """The median of each figure over several rounds of the same trial."""
    kinds: dict[str, list[Figure]] = {}
    for outcome in outcomes:
        for figure in outcome.figures:
            kinds.setdefault(figure.what, []).append(figure)
    return [_median(figures) for figures in kinds.values()]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _median(figures: Sequence[Figure]) -> Figure:
    worst = max(figure.value if figure.worst is None else figure.worst for figure in figures)
    first = figures[0]
    return Figure(first.what, statistics.median(figure.value for figure in figures), first.unit, first.goal, worst)
