"""What the channels cost the streams: the figures of two trials of one plan, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import quantiles

from tests.chaos.trial import Verdict

_WIDTHS = (46, 14, 14)


def comparison(without: Verdict, with_channels: Verdict) -> str:
    """A table of both, without channels and with it."""
    return "\n".join(_line(*cells) for cells in _rows(without, with_channels))


def _rows(*verdicts: Verdict) -> Iterator[tuple[str, ...]]:
    yield (verdicts[0].stack, "without channels", "with channels")
    yield ("sends accepted", *(f"{each.accepted}" for each in verdicts))
    yield ("deliveries to streams", *(f"{each.deliveries}" for each in verdicts))
    for percent in (50, 99):
        yield (f"p{percent} of a delivery while nothing fails, s", *(f"{_percentile(each.calm, percent):.3f}" for each in verdicts))
    for kind in sorted({struck.fault.kind for each in verdicts for struck in each.struck}):
        yield (f"slowest delivery, faults of kind {kind}, s", *(f"{each.worst_gap(kind):.2f}" for each in verdicts))
    yield ("slowest recovery, s", *(f"{max((one.until - one.over for one in each.struck), default=0.0):.2f}" for each in verdicts))
    yield ("broken promises", *(f"{len(each.broken)}" for each in verdicts))


def _percentile(seconds: list[float], percent: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[percent - 1] if len(seconds) > 1 else float("nan")


def _line(*cells: str) -> str:
    return f"{cells[0]:{_WIDTHS[0]}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells[1:], _WIDTHS[1:], strict=True))
