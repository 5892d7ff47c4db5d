"""What was measured, and what it is measured against."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.ledger import Verdict


@dataclass(frozen=True, slots=True)
class Figure:
    """`goal`: it has to stay below this one; None where it only explains the others. `worst`: of those that `value` stands for."""

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
    """One trial's figures. `neighbours`: cores that other programs used meanwhile; above some 0.25 of two, times are theirs too."""

    connections: int
    figures: list[Figure] = field(default_factory=list)
    verdict: Verdict | None = None
    neighbours: float = 0.0

    def add(self, what: str, value: float, unit: str, goal: float | None = None, worst: float | None = None) -> None:
        self.figures.append(Figure(what, value, unit, goal, worst))

    def add_times(self, what: str, seconds: Sequence[float], goal_ms: float | None = None) -> None:
        """Their median."""
        self.add(what, 1e3 * statistics.median(seconds), "ms", goal_ms, 1e3 * max(seconds))

    def add_percentile(self, what: str, percent: int, seconds: Sequence[float], goal_ms: float | None = None) -> None:
        self.add(f"{what}, p{percent}", 1e3 * percentile(seconds, percent), "ms", goal_ms)


def medians(outcomes: Iterable[Outcome]) -> list[Figure]:
    """One figure for each kind, of the same trial in several rounds."""
    kinds: dict[str, list[Figure]] = {}
    for outcome in outcomes:
        for figure in outcome.figures:
            kinds.setdefault(figure.what, []).append(figure)
    return [_median(figures) for figures in kinds.values()]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _median(figures: Sequence[Figure]) -> Figure:
    worst = max(figure.value if figure.worst is None else figure.worst for figure in figures)
    first = figures[0]
    return Figure(first.what, statistics.median(figure.value for figure in figures), first.unit, first.goal, worst)
