"""The figures as a table for readers and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.figures import Figure, Outcome, medians

Rounds = Mapping[str, Sequence[Outcome]]
"""The outcomes of each trial, by its title, one for each round."""


def table(rounds: Rounds) -> str:
    return "\n\n".join(_section(title, outcomes) for title, outcomes in rounds.items())


def document(rounds: Rounds) -> dict[str, Any]:
    return {
        title: {
            "figures": [asdict(figure) | {"met": figure.met} for figure in medians(outcomes)],
            "rounds": [asdict(outcome) for outcome in outcomes],
        }
        for title, outcomes in rounds.items()
    }


def _section(title: str, outcomes: Sequence[Outcome]) -> str:
    figures = medians(outcomes)
    width = max(len(figure.what) for figure in figures)
    lines = [f"{title}", f"  {'':{width}} {'median':>10} {'worst':>10} {'goal':>8}"]
    lines += [f"  {figure.what:{width}} {_row(figure)}" for figure in figures]
    return "\n".join([*lines, *(f"  {_round(outcome)}" for outcome in outcomes)])


def _row(figure: Figure) -> str:
    worst = "" if figure.worst is None else f"{figure.worst:,.2f}"
    goal = "" if figure.goal is None else f"< {figure.goal:g}"
    verdict = "" if figure.goal is None else "ok" if figure.met else "MISSED"
    return f"{figure.value:10,.2f} {worst:>10} {goal:>8} {figure.unit:9} {verdict}".rstrip()


def _round(outcome: Outcome) -> str:
    line = f"{outcome.neighbours:.2f} cores used by others"
    if verdict := outcome.verdict:
        line += f"; {verdict.delivered:,} deliveries: {verdict.lost} lost, {verdict.duplicated} duplicated, "
        line += f"{verdict.astray} to the wrong user, {verdict.disordered} out of order"
    return line
