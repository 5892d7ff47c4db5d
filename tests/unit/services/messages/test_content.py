"""Validation of a message to send: each field is accepted up to its limit and refused above it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from notifier.services.messages.send import Draft
from tests.cases import short


@pytest.mark.parametrize("length", [1, 200])
def test_title_of_up_to_200_characters_is_accepted(length: int) -> None:
    assert draft(title="ü" * length).heading == "ü" * length


@pytest.mark.parametrize("length", [1, 4000])
def test_message_of_up_to_4000_characters_is_accepted(length: int) -> None:
    assert draft(message="ü" * length).message == "ü" * length


@pytest.mark.security("S45")
def test_longer_title_is_refused() -> None:
    refused("title", title="x" * 201)


def test_longer_message_is_refused() -> None:
    refused("message", message="x" * 4001)


@pytest.mark.parametrize("fields", [{}, {"title": ""}, {"message": ""}, {"title": "  ", "message": " \n\t\n "}], ids=short)
def test_title_or_message_is_required(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="title: give a `title` or a `message`"):
        draft(**fields)


@pytest.mark.parametrize(
    ("message", "heading"),
    [
        ("Hello", "Hello"),
        ("Hello\nthere", "Hello"),
        ("\n \n  Hello \nthere", "Hello"),
        ("a\tb", "a b"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
    ],
    ids=short,
)
def test_heading_defaults_to_the_first_line_of_the_message(message: str, heading: str) -> None:
    assert draft(message=message).heading == heading


def test_blank_title_counts_as_missing() -> None:
    assert draft(title="   ", message="Hello").heading == "Hello"


@pytest.mark.parametrize("type_", ["info", "success", "warning", "error", "video_complete", "a", "a.b-c_9", "a" * 64])
def test_type_is_lower_case_with_digits_and_separators(type_: str) -> None:
    assert draft(title="Hello", type=type_).type == type_


@pytest.mark.parametrize("type_", ["", "Info", "9a", "_a", "a b", "a" * 65, "info\n", "\ninfo", "\uff41", "a/b", '"><script>'], ids=short)
def test_other_types_are_refused(type_: str) -> None:
    refused("type", title="Hello", type=type_)


@pytest.mark.parametrize("priority", ["low", "normal", "high", "urgent"])
def test_four_priorities_are_accepted(priority: str) -> None:
    assert draft(title="Hello", priority=priority).priority == priority


def test_other_priority_is_refused() -> None:
    refused("priority", title="Hello", priority="High")


def test_metadata_of_up_to_8192_bytes_is_accepted() -> None:
    assert json_bytes(draft(title="Hello", metadata=metadata_of(8192)).metadata) == 8192
    refused("metadata", title="Hello", metadata=metadata_of(8193))


def test_metadata_is_measured_in_bytes() -> None:
    refused("metadata", title="Hello", metadata={"a": "ü" * 4093})


def test_metadata_deeper_than_32_levels_is_refused() -> None:
    refused("metadata", title="Hello", metadata=nested(33))
    assert draft(title="Hello", metadata=nested(32)).metadata == nested(32)


@pytest.mark.parametrize("value", ["\0", "\ud800", "\x1b[31m", float("inf"), float("nan")], ids=short)
def test_metadata_with_control_characters_or_nan_is_refused(value: str) -> None:
    refused("metadata", title="Hello", metadata={"a": [value]})


def test_fourth_action_is_refused() -> None:
    action = {"label": "Watch Now", "url": "/video/7"}

    assert len(draft(title="Hello", actions=[action] * 3).actions) == 3
    refused("actions", title="Hello", actions=[action] * 4)


@pytest.mark.parametrize("label", ["", " ", "\u200b", "x" * 61, "a\nb", "\u202ewoN hctaW"], ids=short)
def test_empty_long_or_multi_line_label_is_refused(label: str) -> None:
    refused("actions", title="Hello", actions=[{"label": label, "url": "/"}])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil", "", "/\x85", "/\u202e", "/\ud800"], ids=short)
@pytest.mark.parametrize("field", ["image_url", "actions"])
def test_unsafe_url_is_refused(field: str, url: str) -> None:
    refused(field, title="Hello", **{field: url if field == "image_url" else [{"label": "Go", "url": url}]})


def test_line_ends_of_other_systems_become_newlines() -> None:
    assert Draft(to="all", message="a\r\nb\rc\nd").message == "a\nb\nc\nd"


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01t10:00:00.5z",
        "2026-01-01T10:00:00.1234567Z",
        "2026-01-01T10:00:00.123456789+00:00",
        f"2026-01-01T10:00:00.{'1' * 40}Z",
        "2026-12-31T23:59:60Z",
        "2027-01-01T00:59:60.5+01:00",
    ],
)
def test_times_of_other_platforms_are_accepted(written: str) -> None:
    assert Draft(to="all", title="t", send_at=written).send_at is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("offset", ["+24:00", "+01:99", "+0100", "+1:00", ""])
def test_time_with_another_offset_is_refused(offset: str) -> None:
    refused("send_at", title="t", send_at=f"2026-01-01T10:00:00{offset}")


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x85", "\ud800", "\u202e", "\n", "\t"], ids=ascii)
def test_title_with_control_characters_is_refused(character: str) -> None:
    refused("title", title=f"a{character}b")


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x85", "\ud800"], ids=ascii)
def test_message_with_control_characters_is_refused(character: str) -> None:
    refused("message", message=f"a{character}b")


def test_message_keeps_newlines_and_tabs() -> None:
    assert draft(message="a\n\tb").message == "a\n\tb"


@pytest.mark.parametrize("audience", [{}, {"to": "all", "user_id": "1"}, {"to": None, "user_id": None}], ids=short)
def test_exactly_one_of_to_and_user_id_is_required(audience: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="to: give `to` or `user_id`, and not both"):
        Draft(title="Hello", **audience)


@pytest.mark.parametrize("to", [[], ["all"] * 1001, [["all"]], {"user": "alice"}, 7, True, ["user:\0"], [None]], ids=short)
def test_to_is_a_term_or_a_list_of_terms(to: object) -> None:
    refused("to", title="Hello", to=to)


def test_unknown_field_is_refused() -> None:
    refused("is_admin", title="Hello", is_admin=True)


def draft(**fields: Any) -> Draft:
    return Draft.model_validate({"to": "all"} | fields)


def refused(field: str, **fields: Any) -> None:
    """Check that the draft is refused because of `field` only."""
    with pytest.raises(ValidationError) as refusal:
        draft(**fields)
    assert {error["loc"][0] for error in refusal.value.errors()} == {field}


def metadata_of(size: int) -> dict[str, str]:
    return {"a": "x" * (size - json_bytes({"a": ""}))}


def json_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def nested(levels: int) -> Any:
    value: Any = "leaf"
    for _ in range(levels):
        value = {"a": value}
    return value
