"""Files of users to import: CSV with a line of column names, or NDJSON with an object a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from notifier.errors import invalid
from notifier.services import field_texts
from notifier.services.accounts.importing import Line
from notifier.services.accounts.person_fields import NewPerson

_COLUMNS = tuple(NewPerson.model_fields)
_BETWEEN_GROUPS = ";"


def read(data: bytes, file_name: str) -> list[Line]:
    """The lines of a file, by the ending of its name. Raises `Invalid` for a file that is neither."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("file", "is not UTF-8") from None
    if file_name.lower().endswith(".csv"):
        return _of_csv(text)
    if file_name.lower().endswith((".ndjson", ".jsonl")):
        return [_of_json(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    raise invalid("file", "must be a .csv or an .ndjson")


def _of_csv(text: str) -> list[Line]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_columns(reader.fieldnames or ())
        return [
            _checked(reader.line_num, _fields(row)) if _is_whole(row) else Line(reader.line_num, detail="has other columns")
            for row in reader
        ]
    except csv.Error as error:
        raise invalid("file", f"line {reader.line_num}: {error}") from None


def _check_columns(names: Sequence[str]) -> None:
    if "name" not in names or set(names) - set(_COLUMNS) or len(set(names)) < len(names):
        raise invalid("file", f"must begin with the names of its columns: `name`, and any of {', '.join(set(_COLUMNS) - {'name'})}")


def _is_whole(row: dict[str | Any, Any]) -> bool:
    return None not in row and None not in row.values()


def _fields(row: dict[str | Any, Any]) -> dict[str, Any]:
    """The fields of a row. An empty one is not given."""
    given = {name: value.strip() for name, value in row.items() if value.strip()}
    if "groups" in given:
        given["groups"] = [name.strip() for name in given["groups"].split(_BETWEEN_GROUPS) if name.strip()]
    return given


def _of_json(number: int, line: str) -> Line:
    try:
        return _checked(number, json.loads(line))
    except (ValueError, RecursionError):
        return Line(number, detail="is not JSON")


def _checked(number: int, value: Any) -> Line:
    try:
        person = NewPerson.model_validate(value)
    except ValidationError as problem:
        return Line(number, detail="; ".join(_named(error) for error in problem.errors(include_url=False, include_input=False)))
    return Line(number, person.identified(), named=person.subject is None)


def _named(error: Any) -> str:
    field = ".".join(str(part) for part in error["loc"])
    detail = field_texts.detail(error)
    return f"{field}: {detail}" if field else detail
