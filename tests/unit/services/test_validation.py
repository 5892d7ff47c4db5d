"""What text may contain, for every door alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.services import validation
from tests.cases import short

C0 = [chr(code) for code in range(0x20)]
C1 = [chr(code) for code in range(0x7F, 0xA0)]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]
BIDI_OVERRIDES = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]
PLAIN = ["Video Ready!", "Déjà vu", "مرحبا", "שלום", "你好", "👩‍👩‍👧‍👦", "{{7*7}}", "<b>", "' OR 1=1--", "a\u00a0b"]


@pytest.mark.parametrize("value", PLAIN, ids=short)
def test_a_line_is_any_script_and_any_syntax(value: str) -> None:
    assert validation.line(value) == value


@pytest.mark.parametrize("character", [*C0, *C1, *SURROGATES, *BIDI_OVERRIDES], ids=ascii)
def test_a_line_has_no_control_character(character: str) -> None:
    with pytest.raises(ValueError, match="must not contain"):
        validation.line(f"before{character}after")


@pytest.mark.parametrize("character", ["\n", "\t", *BIDI_OVERRIDES], ids=ascii)
def test_text_has_newlines_and_tabs_and_turns(character: str) -> None:
    assert validation.text(f"before{character}after") == f"before{character}after"


@pytest.mark.parametrize("character", sorted({*C0, *C1, *SURROGATES} - {"\n", "\t"}), ids=ascii)
def test_text_has_no_other_control_character(character: str) -> None:
    with pytest.raises(ValueError, match="newline and tab"):
        validation.text(f"before{character}after")


@given(st.text(st.characters()))
def test_what_is_accepted_can_be_stored_and_sent(value: str) -> None:
    for accepted in (validation.line, validation.text):
        try:
            kept = accepted(value)
        except ValueError:
            continue
        assert "\0" not in kept.encode().decode()


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "text", [], {}, [{"a": [1, "b"]}]], ids=short)
def test_json_comes_back_as_it_is(value: str) -> None:
    assert validation.plain_json(value) == value


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), "\0", "\ud800", "a\nb", ["\0"], {"a": {"\0": 1}}], ids=short)
def test_json_that_cannot_be_carried_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="must"):
        validation.plain_json({"key": value})


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}], ids=["lists", "objects"])
def test_json_is_at_most_32_levels_deep(wrap: Callable[[object], object]) -> None:
    deep: object = "leaf"
    for _ in range(32):
        deep = wrap(deep)

    assert validation.plain_json(deep) == deep
    with pytest.raises(ValueError, match="deeper than 32"):
        validation.plain_json(wrap(deep))


@pytest.mark.parametrize("value", ["alice", "Ålesund", "a", "x" * 64, "a.b_c@d+e-f", "名前"], ids=short)
def test_a_name_is_letters_digits_and_a_few_signs(value: str) -> None:
    assert validation.name(value) == value


@pytest.mark.parametrize(
    "value", ["", "x" * 65, "a b", " alice", "alice\n", "a:b", "a/b", "a\0b", "<b>", "\u202ealice", "\ud800"], ids=short
)
def test_other_names_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        validation.name(value)


@pytest.mark.parametrize("variant", ["alice", "Alice", "ALICE", "\uff21lice", "\uff41\uff4c\uff49\uff43\uff45", "al\u2170ce"], ids=ascii)
def test_look_alikes_in_case_and_width_are_one_name(variant: str) -> None:
    assert validation.name_key(variant) == "alice"
