"""JSON Schema in words, for readers of the page. What stands between backticks is code or the name of a shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "object",
    "null": "`null`",
}


def words(schema: Schema) -> str:
    """Such as "text, at most 200 characters, or `null`"."""
    if "$ref" in schema:
        return f"`{name(schema)}`"
    arms = schema.get("anyOf") or schema.get("oneOf")
    if arms:
        return ", or ".join(map(words, arms))
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    return ", ".join([_kind(schema), *_limits(schema)])


def name(reference: Schema) -> str:
    """What a `$ref` refers to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _kind(schema: Schema) -> str:
    if schema.get("format") == "date-time":
        return "time"
    if schema.get("type") == "array":
        return f"list of {words(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {words(schema['additionalProperties'])}"
    return _KINDS[schema["type"]]


def _limits(schema: Schema) -> Iterator[str]:
    for least, most, unit in (("minLength", "maxLength", " characters"), ("minItems", "maxItems", ""), ("minimum", "maximum", "")):
        low, high = schema.get(least), schema.get(most)
        if low is not None and high is not None:
            yield f"{low} to {high}{unit}"
        elif high is not None:
            yield f"at most {high}{unit}"
        elif low is not None:
            yield f"at least {low}{unit}"
    if "exclusiveMaximum" in schema:
        yield f"less than {schema['exclusiveMaximum']}"
    if "pattern" in schema:
        yield f"like `{schema['pattern']}`"
