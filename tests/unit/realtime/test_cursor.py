"""Parsing of cursors, which are input from clients."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.realtime.sse import Cursor

EPOCH = "5f0c2a91"

NO_NUMBERS = [
    "",
    "abc",
    "-1",
    "+5",
    " 5",
    "5 ",
    "5\n",
    "1_000",
    "\uff11\uff12",
    "\u00b2",
    "1e3",
    "0x10",
    "5\0",
    "1.5",
    "\u0663",
    "5" * 5000,
    str(10**25),
]
NO_EPOCHS = ["", "5f0c2a9", "5f0c2a911", "5F0C2A91", "5f0c2a9g", "\uff15f0c2a91", " 5f0c2a91", "5f0c2a91\n", "0x0c2a91"]
NO_CURSORS = [EPOCH, f"{EPOCH}-", f"{EPOCH}--1", f"{EPOCH} - 5", f"{EPOCH}-5-6", f"{EPOCH}_5", f"{EPOCH}\u20135", "-", "\0", "x" * 9216]


@given(epoch=st.text("0123456789abcdef", min_size=8, max_size=8), seq=st.integers(0, 10**18 - 1))
def test_a_written_cursor_is_parsed_back(epoch: str, seq: int) -> None:
    assert Cursor.parse(str(Cursor(epoch, seq))) == Cursor(epoch, seq)


def test_a_number_alone_is_not_a_cursor() -> None:
    assert [number for number in NO_NUMBERS if Cursor.parse(number)] == []


@pytest.mark.security("S21")
def test_a_number_that_only_int_accepts_is_not_a_seq() -> None:
    assert [number for number in NO_NUMBERS if Cursor.parse(f"{EPOCH}-{number}")] == []


def test_an_epoch_is_eight_lower_case_hex_digits() -> None:
    assert [epoch for epoch in NO_EPOCHS if Cursor.parse(f"{epoch}-5")] == []


def test_other_formats_are_not_cursors() -> None:
    assert [text for text in NO_CURSORS if Cursor.parse(text)] == []


@given(st.text() | st.from_regex(r"[0-9a-f]{8}-[0-9]+", fullmatch=True))
def test_a_parsed_cursor_fits_into_a_database_integer(text: str) -> None:
    cursor = Cursor.parse(text)

    assert cursor is None or 0 <= cursor.seq < 2**63


def test_a_seq_has_at_most_eighteen_digits() -> None:
    assert Cursor.parse(f"{EPOCH}-{'9' * 18}") is not None
    assert Cursor.parse(f"{EPOCH}-{'9' * 19}") is None
