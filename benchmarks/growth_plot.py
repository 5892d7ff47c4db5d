"""Draw what operations cost as something grows, as an SVG: a panel for each thing that grows, both scales logarithmic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

Panels = Mapping[str, Mapping[int, Mapping[str, float]]]
"""By title and size: microseconds by the name of the operation."""

_WIDTH, _HEIGHT, _LEFT, _TOP, _NAMES, _BELOW = 300, 210, 52, 34, 110, 34
_PANELS_IN_A_ROW = 2
_COLOURS = ("#2563eb", "#0f766e", "#b45309", "#7c3aed", "#be123c", "#4d7c0f", "#0369a1", "#a21caf")
_LINE_HEIGHT = 12


def drawn(panels: Panels) -> str:
    """The picture."""
    costs = [cost for rows in panels.values() for found in rows.values() for cost in found.values()]
    lowest, highest = 10 ** math.floor(math.log10(min(costs))), 10 ** math.ceil(math.log10(max(costs)))
    cell_width, cell_height = _LEFT + _WIDTH + _NAMES, _TOP + _HEIGHT + _BELOW
    width, height = _PANELS_IN_A_ROW * cell_width, math.ceil(len(panels) / _PANELS_IN_A_ROW) * cell_height
    parts = []
    for number, (title, rows) in enumerate(panels.items()):
        row, column = divmod(number, _PANELS_IN_A_ROW)
        panel = _panel(title, rows, lowest, highest)
        parts.append(f'<g transform="translate({column * cell_width + _LEFT},{row * cell_height + _TOP})">{panel}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif"'
        f' font-size="11" fill="#334155"><rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _panel(title: str, rows: Mapping[int, Mapping[str, float]], lowest: float, highest: float) -> str:
    sizes = list(rows)
    places = {size: _WIDTH * index / max(1, len(sizes) - 1) for index, size in enumerate(sizes)}

    def height(cost: float) -> float:
        return _HEIGHT * (1 - math.log(cost / lowest) / math.log(highest / lowest))

    parts = [f'<text x="0" y="-14" font-weight="bold">µs of processor time by {escape(title)}</text>']
    mark = lowest
    while mark <= highest:
        y = height(mark)
        parts.append(f'<path d="M0 {y:.1f}H{_WIDTH}" stroke="#e2e8f0"/><text x="-6" y="{y + 4:.1f}" text-anchor="end">{mark:,.0f}</text>')
        mark *= 10
    parts += [f'<text x="{x:.1f}" y="{_HEIGHT + 16}" text-anchor="middle">{size:,}</text>' for size, x in places.items()]
    last = rows[sizes[-1]]
    taken = -math.inf
    for colour, name in zip(_COLOURS, sorted(last, key=lambda name: -last[name]), strict=False):
        points = " ".join(f"{places[size]:.1f},{height(found[name]):.1f}" for size, found in rows.items())
        taken = max(height(last[name]) + 4, taken + _LINE_HEIGHT)  # names do not cover each other
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_WIDTH + 6}" y="{taken:.1f}" fill="{colour}">{escape(name)}</text>')
    return "".join(parts)
