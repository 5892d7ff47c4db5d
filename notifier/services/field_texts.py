"""Texts of what is wrong with a field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WALL_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
TYPE = r"^[a-z][a-z0-9_.-]{0,63}$"
SESSION_ID = r"^[A-Za-z0-9][A-Za-z0-9_.~-]{0,63}$"
SESSION_STATUS = r"^[a-z_]{1,40}$"
_PATTERNS = {
    WALL_TIME: "must be a time of day such as 22:00",
    TYPE: "must be 1 to 64 small letters, digits, ., - or _, beginning with a letter",
    SESSION_ID: "must be 1 to 64 letters, digits, ., -, _ or ~, beginning with a letter or digit",
    SESSION_STATUS: "must be 1 to 40 small letters or _",
}
_TEXTS = {
    "extra_forbidden": "is not known here",
    "model_type": "must be a JSON object",
    "missing": "is required",
    "string_type": "must be text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} {of_what}",
    "too_long": "must have at most {max_length} {of_what}",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a JSON object",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
}


def detail(error: Mapping[str, Any]) -> str:
    """What is wrong, from an error of pydantic."""
    context = error.get("ctx", {})
    if context.get("min_length") == 1:
        return "must not be empty"
    context = context | {"of_what": "entries" if context.get("field_type") == "List" else "characters"}
    text = _PATTERNS.get(context.get("pattern", "")) or _TEXTS.get(error["type"])
    return text.format(**context) if text else str(error["msg"]).removeprefix("Value error, ")
