"""What the channels cost the streams: the figures of trials of one plan, without channels and with them, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import quantiles

from tests.chaos.trial import Verdict

_WIDTHS = (50, 18, 18)


def comparison(without: Sequence[Verdict], with_channels: Sequence[Verdict]) -> str:
    """A table of both. Each sequence: the trials of one kind, one a turn."""
    return "\n".join(_line(*cells) for cells in _rows(without, with_channels))


def _rows(*kinds: Sequence[Verdict]) -> Iterator[tuple[str, ...]]:
    yield (kinds[0][0].stack, "without channels", "with channels")
    yield ("sends accepted", *(f"{sum(each.accepted for each in turns)}" for turns in kinds))
    yield ("deliveries to streams", *(f"{sum(each.deliveries for each in turns)}" for turns in kinds))
    calm = [[gap for each in turns for gap in each.calm] for turns in kinds]
    for percent in (50, 99):
        yield (f"p{percent} of a delivery while nothing fails, s", *(f"{_percentile(gaps, percent):.3f}" for gaps in calm))
    for number in range(len(kinds[0]) if len(kinds[0]) > 1 else 0):
        yield (f"  p99 of turn {number + 1}, s", *(f"{_percentile(turns[number].calm, 99):.3f}" for turns in kinds))
    worked = [1000 * sum(each.worked for each in turns) / max(1, len(gaps)) for turns, gaps in zip(kinds, calm, strict=True)]
    yield ("processor time of the server per such delivery, ms", *(f"{milliseconds:.2f}" for milliseconds in worked))
    for kind in sorted({struck.fault.kind for turns in kinds for each in turns for struck in each.struck}):
        yield (f"slowest delivery, faults of kind {kind}, s", *(f"{max(each.worst_gap(kind) for each in turns):.2f}" for turns in kinds))
    recoveries = [[one.until - one.over for each in turns for one in each.struck] for turns in kinds]
    yield ("slowest recovery, s", *(f"{max(seconds, default=0.0):.2f}" for seconds in recoveries))
    yield ("broken promises", *(f"{sum(len(each.broken) for each in turns)}" for turns in kinds))


def _percentile(seconds: list[float], percent: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[percent - 1] if len(seconds) > 1 else float("nan")


def _line(*cells: str) -> str:
    return f"{cells[0]:{_WIDTHS[0]}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells[1:], _WIDTHS[1:], strict=True))
