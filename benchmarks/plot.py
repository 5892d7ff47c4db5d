"""Draw the results of `make bench-peers` as an SVG: a bar for each server and figure, the median of its runs."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

FIGURES = (("paced", "srv_us_per_msg", "processor time per message, µs"), ("", "kib_per_conn", "memory per connection, KiB"))
_LEFT, _WIDTH, _BAR, _GAP, _TITLE = 150, 430, 16, 6, 34
_OWN, _OTHER = "#2563eb", "#94a3b8"


def main(results: Path, picture: Path) -> None:
    runs = [run for run in json.loads(results.read_text())["runs"] if "error" not in run]
    names = list(dict.fromkeys(run["name"] for run in runs))
    parts, y = [], 0
    for phase, figure, title in FIGURES:
        bars = [(name, _median(runs, name, phase, figure)) for name in names]
        parts.append(_group(title, sorted(bars, key=lambda bar: bar[1]), y))
        y += _TITLE + len(bars) * (_BAR + _GAP) + 12
    width = _LEFT + _WIDTH + 70
    picture.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" font-family="sans-serif"'
        f' font-size="12" fill="#334155"><rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _median(runs: Sequence[Any], name: str, phase: str, figure: str) -> float:
    found = [run[phase][figure] if phase else run[figure] for run in runs if run["name"] == name]
    return float(statistics.median(found))


def _group(title: str, bars: Sequence[tuple[str, float]], top: int) -> str:
    most = max(value for _, value in bars)
    lines = [f'<text x="{_LEFT}" y="{top + 22}" font-weight="bold">{escape(title)}</text>']
    for row, (name, value) in enumerate(bars):
        y = top + _TITLE + row * (_BAR + _GAP)
        length = max(1.0, _WIDTH * value / most)
        colour = _OWN if name.startswith("notifier") else _OTHER
        lines.append(f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>')
        lines.append(f'<rect x="{_LEFT}" y="{y}" width="{length:.1f}" height="{_BAR}" fill="{colour}"/>')
        lines.append(f'<text x="{_LEFT + length + 6:.1f}" y="{y + 12}">{value:.3g}</text>')
    return "".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
