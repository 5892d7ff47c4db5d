"""Titles are cut between characters as a reader sees them, and blank text of every script counts as empty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.services.visible_text import cut, first_visible_line, is_visible, search_form

FLAG = "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}"
ACCENTED = "e\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}"
THUMB = "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5}"
FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"

BLANK = {
    "nothing": "",
    "spaces": " \t\u00a0",
    "ideographic space": "\u3000",
    "zero width": "\u200b\u200d\u2060\ufeff",
    "soft hyphen": "\u00ad",
    "Braille blank": "\u2800",
    "Hangul fillers": "\u115f\u1160\u3164\uffa0",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "Mongolian vowel separator": "\u180e",
    "tags": "\U000e0020\U000e007f",
    "variation selectors": "\ufe0f\U000e0100",
    "null note head": "\U0001d159",
    "private use": "\ue000",
}


def test_blank_text_of_every_script_is_not_visible() -> None:
    assert {name for name, text in BLANK.items() if is_visible(text)} == set()


def test_text_is_visible_beside_blank_characters() -> None:
    assert [text for text in ("a", "\u200bа", "ﷺ", "👍", "．", FLAG) if not is_visible(text)] == []


@pytest.mark.parametrize("character", [FLAG, ACCENTED, THUMB, FAMILY, "각", "क्षि"])
def test_cut_never_splits_a_character(character: str) -> None:
    for before in range(12):
        shortened = cut("x" * before + character * 20, 12)
        kept = shortened.removesuffix("…")[before:]

        assert len(shortened) <= 12
        assert kept == character * (len(kept) // len(character))


def test_cut_keeps_a_start_of_one_endless_character() -> None:
    assert cut("a" + "\N{COMBINING ACUTE ACCENT}" * 300, 200).endswith("…")
    assert len(cut("a" + "\N{COMBINING ACUTE ACCENT}" * 300, 200)) == 200


@given(st.text(max_size=80), st.integers(2, 40))
def test_cut_stays_within_its_limit(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit


def test_first_visible_line_skips_blank_lines_and_trims() -> None:
    assert first_visible_line("\u2800\n \u3000\n\u00a0 Hello\tthere \nmore", 200) == "Hello there"
    assert first_visible_line("\u200b\n", 200) == ""


@pytest.mark.parametrize(("text", "visible"), [("", False), (" \t\n", False), ("\x00\x1f\x7f", False), (" a ", True), ("\x00a", True)])
def test_plain_text_is_visible_but_for_spaces_and_control_characters(text: str, visible: bool) -> None:
    assert is_visible(text) is visible


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("Hello", "HELLO"),
        ("Москва", "МОСКВА"),
        ("Übergröße", "ÜBERGRÖSSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İstanbul", "i\u0307stanbul"),
        ("Ａｂｃ", "abc"),
    ],
)
def test_search_form_is_alike_for_all_cases(stored: str, asked: str) -> None:
    assert search_form(stored) == search_form(asked)
