"""Texts that are made to cost time: the work for each grows with its length, not with the square of it.

One greenlet serves all, so a text that takes a second stops every stream for a second. Processor time is compared with that of a text a
quarter as long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from notifier import mail_addresses
from notifier.services import validation
from notifier.services.sessions.notification import without_percentage
from notifier.services.visible_text import first_visible_line, search_form
from tests.cases import failures

MARKS = "\u0301\u0316"
# By name: the work, and a text of a quarter of the length that a request can bring.
TEXTS: dict[str, tuple[Callable[[str], object], Callable[[int], str]]] = {
    "title from a line with blanks inside": (lambda text: first_visible_line(text, 200), lambda n: f"a{chr(0x3000) * n}b"),
    "title from marks": (lambda text: first_visible_line(text, 200), lambda n: "a" + MARKS * (n // 2)),
    "text to search": (search_form, lambda n: "a" + MARKS * (n // 2)),
    "last line of a session": (without_percentage, lambda n: f"5%{' ' * n}x"),
    "address with marks": (mail_addresses.address, lambda n: "a@" + MARKS * (n * 8)),
    "address with many labels": (mail_addresses.address, lambda n: "a@" + "\u00e9." * (n * 8) + "com"),
    "name": (validation.name, lambda n: MARKS * (n * 8)),
    "link": (validation.link, lambda n: "https://" + MARKS * n),
}
QUARTER = 1000
# Linear work takes four times as long, that of the square sixteen times. Less than this is too little to compare.
MOST_TIMES = 9
LEAST_SECONDS = 0.02


def seconds(work: Callable[[str], object], text: str) -> float:
    """Processor time, the least of three."""

    def once() -> float:
        started = time.process_time()
        with suppress(ValueError):
            work(text)
        return time.process_time() - started

    return min(once() for _ in range(3))


@pytest.mark.security("S45")
def test_a_text_of_four_times_the_length_does_not_take_sixteen_times_as_long() -> None:
    def check(name: str) -> None:
        work, made = TEXTS[name]
        whole = seconds(work, made(4 * QUARTER))
        if whole > LEAST_SECONDS:
            quarter = seconds(work, made(QUARTER))
            assert whole < MOST_TIMES * quarter, f"{quarter:.3f} s, and {whole:.3f} s for four times as much"

    assert failures(TEXTS, check) == []
