"""Progress in the output of a program."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.cli.command_output import CommandOutput


def read(*pieces: str | bytes) -> tuple[int | None, str]:
    """Progress and message after these pieces."""
    output = CommandOutput()
    for piece in pieces:
        output.feed(piece.encode() if isinstance(piece, str) else piece)
    return output.progress, output.message


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
def test_similar_text_is_not_progress(line: str) -> None:
    assert read(line + "\n")[0] is None


def test_progress_is_of_the_newest_bytes() -> None:
    assert read("10%\n20%\n", "30%\n") == (30, "30%")
    assert read("10%\n", "nothing more\n") == (None, "nothing more")


def test_redrawn_bar_is_read_before_its_line_ends() -> None:
    assert read("\r10%", "\r20%") == (20, "20%")
    assert read("10%\r", "20%\r") == (20, "20%")


def test_number_that_may_be_unfinished_is_ignored() -> None:
    assert read("1/1")[0] is None
    assert read("1/1", "0\n")[0] == 10
    assert read("4", "5%")[0] == 45
    assert read("[1/10]")[0] == 10


def test_message_is_the_last_line_with_text() -> None:
    assert read("one\ntwo\n\n  \n")[1] == "two"
    assert read("one\n", "\n")[1] == "one"
    assert read("one\ntw", "o")[1] == "two"


def test_terminal_escapes_are_removed() -> None:
    assert read("\x1b[2K\x1b[1;32m45%\x1b[0m \x1b]0;title\x07done\x1b[K\n") == (45, "45% done")


def test_character_may_arrive_in_pieces() -> None:
    data = "Überprüfung: 45%\n".encode()
    assert read(*(data[place : place + 1] for place in range(len(data)))) == (45, "Überprüfung: 45%")


def test_memory_of_a_line_without_end_is_bounded() -> None:
    output = CommandOutput()
    for _ in range(100):
        output.feed(b"x" * 10_000)
    assert len(output.message) <= 500
    assert len(output._line) <= 4096


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_are_accepted(pieces: list[bytes]) -> None:
    progress, message = read(*pieces)

    assert progress is None or 0 <= progress <= 100
    assert "\n" not in message and "\r" not in message and "\x1b[" not in message


@given(st.text(alphabet="0123456789%/ \r\nab", max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_message_does_not_depend_on_where_bytes_are_split(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]

    assert read(*pieces)[1] == read(text)[1]
