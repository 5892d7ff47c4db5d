"""A draft takes what a notification may hold, up to each limit and not one further."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from notifier.services.messages.send import Draft
from tests.cases import short


@pytest.mark.parametrize("length", [1, 200])
def test_a_title_has_up_to_200_characters(length: int) -> None:
    assert draft(title="ü" * length).heading == "ü" * length


@pytest.mark.parametrize("length", [1, 4000])
def test_a_message_has_up_to_4000_characters(length: int) -> None:
    assert draft(message="ü" * length).message == "ü" * length


def test_a_longer_title_is_refused() -> None:
    refused("title", title="x" * 201)


def test_a_longer_message_is_refused() -> None:
    refused("message", message="x" * 4001)


@pytest.mark.parametrize("fields", [{}, {"title": ""}, {"message": ""}, {"title": "  ", "message": " \n\t\n "}], ids=short)
def test_one_of_title_and_message_says_something(fields: dict[str, str]) -> None:
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
def test_without_a_title_the_first_line_of_the_message_is_the_title(message: str, heading: str) -> None:
    assert draft(message=message).heading == heading


def test_a_blank_title_is_none() -> None:
    assert draft(title="   ", message="Hello").heading == "Hello"


@pytest.mark.parametrize("type_", ["info", "success", "warning", "error", "video_complete", "a", "a.b-c_9", "a" * 64])
def test_a_type_is_a_small_word(type_: str) -> None:
    assert draft(title="Hello", type=type_).type == type_


@pytest.mark.parametrize("type_", ["", "Info", "9a", "_a", "a b", "a" * 65, "info\n", "\ninfo", "\uff41", "a/b", '"><script>'], ids=short)
def test_other_types_are_refused(type_: str) -> None:
    refused("type", title="Hello", type=type_)


@pytest.mark.parametrize("priority", ["low", "normal", "high", "urgent"])
def test_there_are_four_priorities(priority: str) -> None:
    assert draft(title="Hello", priority=priority).priority == priority


def test_another_priority_is_refused() -> None:
    refused("priority", title="Hello", priority="High")


def test_metadata_has_up_to_8192_bytes_of_json() -> None:
    assert json_bytes(draft(title="Hello", metadata=metadata_of(8192)).metadata) == 8192
    refused("metadata", title="Hello", metadata=metadata_of(8193))


def test_metadata_is_counted_in_bytes_and_not_in_characters() -> None:
    refused("metadata", title="Hello", metadata={"a": "ü" * 4093})


def test_metadata_is_at_most_32_levels_deep() -> None:
    refused("metadata", title="Hello", metadata=nested(33))
    assert draft(title="Hello", metadata=nested(32)).metadata == nested(32)


@pytest.mark.parametrize("value", ["\0", "\ud800", "\x1b[31m", float("inf"), float("nan")], ids=short)
def test_metadata_that_cannot_be_carried_is_refused(value: str) -> None:
    refused("metadata", title="Hello", metadata={"a": [value]})


def test_there_are_up_to_three_actions() -> None:
    action = {"label": "Watch Now", "url": "/video/7"}

    assert len(draft(title="Hello", actions=[action] * 3).actions) == 3
    refused("actions", title="Hello", actions=[action] * 4)


@pytest.mark.parametrize("label", ["", "x" * 61, "a\nb", "\u202ewoN hctaW"], ids=short)
def test_the_label_of_an_action_is_a_short_line(label: str) -> None:
    refused("actions", title="Hello", actions=[{"label": label, "url": "/"}])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil", "", "/\x85", "/\u202e", "/\ud800"], ids=short)
@pytest.mark.parametrize("field", ["image_url", "actions"])
def test_an_address_that_runs_leaves_or_hides_is_refused(field: str, url: str) -> None:
    refused(field, title="Hello", **{field: url if field == "image_url" else [{"label": "Go", "url": url}]})


def test_line_ends_of_other_systems_become_newlines() -> None:
    assert Draft(to="all", message="a\r\nb\rc\nd").message == "a\nb\nc\nd"


@pytest.mark.parametrize("written", ["2026-01-01t10:00:00.5z", "2026-01-01T10:00:00.1234567Z", "2026-01-01T10:00:00.123456789+00:00"])
def test_times_of_other_platforms_are_read(written: str) -> None:
    assert Draft(to="all", title="t", send_at=written).send_at is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x85", "\ud800", "\u202e", "\n", "\t"], ids=ascii)
def test_a_title_is_one_plain_line(character: str) -> None:
    refused("title", title=f"a{character}b")


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x85", "\ud800"], ids=ascii)
def test_a_message_has_no_control_character(character: str) -> None:
    refused("message", message=f"a{character}b")


def test_a_message_has_lines_and_tabs() -> None:
    assert draft(message="a\n\tb").message == "a\n\tb"


@pytest.mark.parametrize("audience", [{}, {"to": "all", "user_id": "1"}, {"to": None, "user_id": None}], ids=short)
def test_either_to_or_user_id_is_given(audience: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="to: give `to` or `user_id`, and not both"):
        Draft(title="Hello", **audience)


@pytest.mark.parametrize("to", [[], ["all"] * 1001, [["all"]], {"user": "alice"}, 7, True, ["user:\0"], [None]], ids=short)
def test_an_audience_is_a_word_or_a_list_of_words(to: object) -> None:
    refused("to", title="Hello", to=to)


def test_a_field_that_is_not_known_is_refused() -> None:
    refused("is_admin", title="Hello", is_admin=True)


def draft(**fields: Any) -> Draft:
    return Draft.model_validate({"to": "all"} | fields)


def refused(field: str, **fields: Any) -> None:
    """It is refused, for this field and no other."""
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
