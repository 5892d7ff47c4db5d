"""Describe JSON Schema in plain English, for the page. Backticks mark code and names of models."""

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


def describe(schema: Schema) -> str:
    """Such as "text, at most 200 characters, or `null`"."""
    if "$ref" in schema:
        return f"`{model_name(schema)}`"
    arms = schema.get("anyOf") or schema.get("oneOf")
    if arms:
        return ", or ".join(map(describe, arms))
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    return ", ".join([_kind(schema), *_limits(schema)])


def model_name(reference: Schema) -> str:
    """The model that a `$ref` refers to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _kind(schema: Schema) -> str:
    if schema.get("format") == "date-time":
        return "time"
    if schema.get("type") == "array":
        return f"list of {describe(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {describe(schema['additionalProperties'])}"
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
