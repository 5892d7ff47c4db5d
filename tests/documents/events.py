"""The fields of each event in the tables of docs/events.md, from the models of its data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, get_args, get_origin

from pydantic import RootModel

from notifier.web.events import json, legacy, session
from notifier.web.events.event import Event

TABLES: Mapping[str, Mapping[str, Event]] = {
    "`GET /api/notifications/stream`": json.EVENTS,
    "`GET /api/sessions/{id}/status/stream`": session.EVENTS,
    "`GET /events` (NotifyHub)": legacy.NOTIFYHUB_EVENTS,
    "`GET /api/v1/notifications/stream`, `…/stream/{user_id}` (Vividly)": legacy.VIVIDLY_EVENTS,
}
"""The events of each section of the page, by heading."""
_ROW = re.compile(r"^(\| `(\w+)` \| .* \| )[^|]*\|$", re.MULTILINE)


def with_fields(page: str) -> str:
    """Replace the last column of each table. The rows themselves are written by hand."""
    for heading, events in TABLES.items():
        before, section, after = _parts(page, heading)
        page = before + _ROW.sub(partial(_with_fields, events), section) + after
    return page


def rows(page: str, heading: str) -> list[str]:
    """The names of the events in the table of a section."""
    return [name for _, name in _ROW.findall(_parts(page, heading)[1])]


def _parts(page: str, heading: str) -> tuple[str, str, str]:
    """What is before a section, the section, and what is after it."""
    before, title, rest = page.partition(f"## {heading}\n")
    section, following, after = rest.partition("\n## ")
    return before + title, section, following + after


def _with_fields(events: Mapping[str, Event], row: re.Match[str]) -> str:
    event = events.get(row[2])
    return f"{row[1]}{_fields(event.model)} |" if event else row[0]


def _fields(model: Any) -> str:
    if issubclass(model, RootModel):
        return f"a list of {_fields(_entry(model.model_fields['root'].annotation))}"
    return ", ".join(_field(name, field.annotation) for name, field in model.model_fields.items())


def _field(name: str, annotation: Any) -> str:
    entry = _entry(annotation)
    return f"`{name}`: a list of {_fields(entry)}" if hasattr(entry, "model_fields") else f"`{name}`"


def _entry(annotation: Any) -> Any:
    """What a list is of, None for anything else."""
    return get_args(annotation)[0] if get_origin(annotation) is list else None
