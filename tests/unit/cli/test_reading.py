"""What a program's output says of how far it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.cli.reading import Reading


def read(*pieces: str | bytes) -> tuple[int | None, str]:
    """Progress and message after these pieces."""
    reading = Reading()
    for piece in pieces:
        reading.feed(piece.encode() if isinstance(piece, str) else piece)
    return reading.progress, reading.message


@pytest.mark.parametrize(
    ("line", "progress"),
    [
        ("45%", 45),
        ("progress: 45 %", 45),
        ("45.9%", 45),
        ("45,9 %", 45),
        (" 45%|####      | 9/20 [00:01<00:02]", 45),
        ("first 10%, then 20%", 20),
        ("(100%)", 100),
        ("0%", 0),
        ("3/12", 25),
        ("[3/12] Compiling", 25),
        ("(3 / 12)", 25),
        ("1.5/3.0 MB", 50),
        ("12/12 done.", 100),
        ("12/12.", 100),
        ("frame 3/12: ok", 25),
    ],
)
def test_percentages_and_fractions_are_found(line: str, progress: int) -> None:
    assert read(line + "\n")[0] == progress


@pytest.mark.parametrize(
    "line",
    [
        "no number",
        "145%",
        "file%20name",
        "10%20",
        "x45%",
        "25/11/2026",
        "2026/11",
        "1/0",
        "/usr/3/12/bin",
        "v1/2",
        "3/12x",
        "-5%",
        "1.2.3%",
        "and/or",
        "%",
        "/",
    ],
)
def test_what_only_looks_like_it_is_not(line: str) -> None:
    assert read(line + "\n")[0] is None


def test_the_newest_bytes_count() -> None:
    assert read("10%\n20%\n", "30%\n") == (30, "30%")
    assert read("10%\n", "nothing more\n") == (None, "nothing more")


def test_a_bar_that_is_drawn_over_and_over_is_read_before_its_line_ends() -> None:
    assert read("\r10%", "\r20%") == (20, "20%")
    assert read("10%\r", "20%\r") == (20, "20%")


def test_a_number_that_may_not_be_finished_is_waited_for() -> None:
    assert read("1/1")[0] is None
    assert read("1/1", "0\n")[0] == 10
    assert read("4", "5%")[0] == 45
    assert read("[1/10]")[0] == 10


def test_the_message_is_the_last_line_that_says_something() -> None:
    assert read("one\ntwo\n\n  \n")[1] == "two"
    assert read("one\n", "\n")[1] == "one"
    assert read("one\ntw", "o")[1] == "two"


def test_what_paints_and_moves_the_cursor_is_no_message() -> None:
    assert read("\x1b[2K\x1b[1;32m45%\x1b[0m \x1b]0;title\x07done\x1b[K\n") == (45, "45% done")


def test_what_is_cut_in_the_middle_of_a_character_arrives_whole() -> None:
    data = "Überprüfung: 45%\n".encode()
    assert read(*(data[place : place + 1] for place in range(len(data)))) == (45, "Überprüfung: 45%")


def test_a_line_without_end_takes_no_more_memory_than_it_shows() -> None:
    reading = Reading()
    for _ in range(100):
        reading.feed(b"x" * 10_000)
    assert len(reading.message) <= 500
    assert len(reading._line) <= 4096


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_are_read(pieces: list[bytes]) -> None:
    progress, message = read(*pieces)

    assert progress is None or 0 <= progress <= 100
    assert "\n" not in message and "\r" not in message and "\x1b[" not in message


@given(st.text(alphabet="0123456789%/ \r\nab", max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_where_the_bytes_are_cut_matters_not_to_the_message(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]

    assert read(*pieces)[1] == read(text)[1]
