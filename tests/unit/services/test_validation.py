"""Validators of text, names, links and times. Links are judged as a browser would follow them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.services import validation
from tests.addresses import ABSOLUTE, LEAVING, MISLEADING, RELATIVE, RUNNING, STAYING
from tests.unit.services.whatwg import HERE, origin

C0 = [chr(code) for code in range(0x20)]
C1 = [chr(code) for code in range(0x7F, 0xA0)]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]
BIDI_OVERRIDES = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]
PLAIN = ["Video Ready!", "Déjà vu", "مرحبا", "שלום", "你好", "👩‍👩‍👧‍👦", "{{7*7}}", "<b>", "' OR 1=1--", "a\u00a0b"]
NOT_LINKS = [*RUNNING, *LEAVING, *RELATIVE, *MISLEADING]

nasty = st.text(st.sampled_from("/\\\t\n\r\0\x0b\x1f @:?#.%[]htpsevil2f\u2028\uff0f\u3002"), max_size=14)


def accepted(validator: Callable[[Any], Any], values: Iterable[Any], error: str) -> list[Any]:
    """The `values` that `validator` accepts, or refuses with another text than `error`."""
    found = []
    for value in values:
        try:
            validator(value)
        except ValueError as refusal:
            if re.search(error, str(refusal)):
                continue
        found.append(value)
    return found


def changed(validator: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
    """The `values` that `validator` does not return as they are."""
    return [value for value in values if validator(value) != value]


def around(characters: Iterable[str]) -> list[str]:
    return [f"before{character}after" for character in characters]


def test_line_accepts_every_script_and_markup() -> None:
    assert changed(validation.line, PLAIN) == []


@pytest.mark.security("S4")
def test_line_refuses_control_characters() -> None:
    assert accepted(validation.line, around([*C0, *C1, *SURROGATES, *BIDI_OVERRIDES]), "must not contain") == []


def test_text_accepts_newline_tab_and_bidi_characters() -> None:
    assert changed(validation.text, around(["\n", "\t", *BIDI_OVERRIDES])) == []


@pytest.mark.security("S4")
def test_text_refuses_other_control_characters() -> None:
    refused = {*C0, *C1, *SURROGATES} - {"\n", "\r", "\t"}

    assert accepted(validation.text, around(sorted(refused)), "newline and tab") == []


@given(st.text(st.characters()))
def test_accepted_text_can_be_stored_and_sent(value: str) -> None:
    for validator in (validation.line, validation.text):
        try:
            kept = validator(value)
        except ValueError:
            continue
        assert "\0" not in kept.encode().decode()


def test_plain_json_returns_json_unchanged() -> None:
    assert changed(validation.plain_json, [None, True, 0, -1.5, "text", [], {}, [{"a": [1, "b"]}]]) == []


def test_plain_json_refuses_what_cannot_be_stored() -> None:
    values = [float("inf"), float("-inf"), float("nan"), "\0", "\ud800", "a\nb", ["\0"], {"a": {"\0": 1}}]

    assert accepted(lambda value: validation.plain_json({"key": value}), values, "must") == []


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}], ids=["lists", "objects"])
def test_plain_json_has_at_most_32_levels(wrap: Callable[[object], object]) -> None:
    deep: object = "leaf"
    for _ in range(32):
        deep = wrap(deep)

    assert validation.plain_json(deep) == deep
    with pytest.raises(ValueError, match="deeper than 32"):
        validation.plain_json(wrap(deep))


def test_name_accepts_letters_digits_and_a_few_signs() -> None:
    assert changed(validation.name, ["alice", "Ålesund", "a", "x" * 64, "a.b_c@d+e-f", "名前"]) == []


def test_name_refuses_everything_else() -> None:
    values = ["", "x" * 65, "a b", " alice", "alice\n", "a:b", "a/b", "a\0b", "<b>", "\u202ealice", "\ud800"]

    assert accepted(validation.name, values, "1 to 64") == []


def test_name_key_ignores_case_and_width() -> None:
    variants = ["alice", "Alice", "ALICE", "\uff21lice", "\uff41\uff4c\uff49\uff43\uff45", "al\u2170ce"]

    assert {validation.name_key(variant) for variant in variants} == {"alice"}


@given(st.sampled_from(["/", ""]), nasty)
@example("/", "\\evil")
@example("/\t", "/evil")
@pytest.mark.security("S10")
def test_own_path_never_leaves_the_origin(start: str, rest: str) -> None:
    if validation.is_own_path(start + rest):
        assert origin(start + rest) == HERE


@given(st.sampled_from(["/", "http://", "https://", "HTTP://", "https:", "java", ""]), nasty)
@example("https://", "a\\@evil")
def test_accepted_link_leads_to_the_host_it_names(start: str, rest: str) -> None:
    try:
        link = validation.link(start + rest)
    except ValueError:
        return
    named = urlsplit(link)
    assert origin(link) == ((named.scheme, named.netloc.lower()) if named.netloc else HERE)


def test_link_accepts_paths_of_this_site_unchanged() -> None:
    assert changed(validation.link, STAYING) == []


def test_link_accepts_http_and_https() -> None:
    assert [value for value in ABSOLUTE if validation.link(value) != value[:5].lower() + value[5:]] == []


@pytest.mark.security("S9")
def test_link_refuses_everything_else() -> None:
    assert accepted(validation.link, NOT_LINKS, r"must be|Invalid") == []


def test_own_path_accepts_only_paths_of_this_site() -> None:
    assert [value for value in STAYING if not validation.is_own_path(value)] == []
    assert [value for value in [*NOT_LINKS, *ABSOLUTE] if validation.is_own_path(value)] == []


@pytest.mark.parametrize("start", ["/", "https://a.example/"])
def test_link_has_at_most_2048_characters(start: str) -> None:
    longest = start.ljust(2048, "x")

    assert validation.link(longest) == longest
    with pytest.raises(ValueError, match="at most 2048"):
        validation.link(longest + "x")


def test_own_path_has_at_most_2048_characters() -> None:
    assert validation.is_own_path("/".ljust(2048, "x"))
    assert not validation.is_own_path("/".ljust(2049, "x"))


def test_instant_reads_rfc_3339() -> None:
    texts = ["2026-01-01T10:00:00Z", "2026-01-01t10:00:00Z", "2026-01-01 10:00:00.000Z", "2026-01-01T12:00:00+02:00"]

    assert {validation.instant(value) for value in texts} == {datetime(2026, 1, 1, 10, tzinfo=UTC)}


def test_instant_refuses_numbers_dates_and_local_times() -> None:
    values = [1767261600, "1767261600", "2026-01-01", "2026-01-01T10:00", "2026-01-01T10:00:00", "20260101T100000Z", "٢٠٢٦-01-01T10:00:00Z"]

    assert accepted(validation.instant, values, "must be a time") == []


def test_long_input_is_not_normalised() -> None:
    marks = "\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}" * 31_000

    assert validation.name_key(marks) == marks
    with pytest.raises(ValueError, match="1 to 64"):
        validation.name("a" + marks)


def test_names_that_browsers_leave_out_of_paths_are_refused() -> None:
    assert [name for name in (".", "..", "\u2024\u2024", "...", ".a", "..a") if validation.is_name(name)] == ["...", ".a", "..a"]
    with pytest.raises(ValueError, match="1 to 64"):
        validation.name("\u2024\u2024")  # which NFKC turns into dots
