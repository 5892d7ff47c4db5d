"""docs/events.md has every event of every stream, with its fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from pydantic import RootModel

from notifier.web.events import json, legacy, session
from notifier.web.events.event import Event
from notifier.web.http.last_event_id import HEADER, PARAMETERS
from tests.servers.notifier import ROOT

PAGE = (ROOT / "docs" / "events.md").read_text()
TABLES = {
    "`GET /api/notifications/stream`": json.EVENTS,
    "`GET /api/sessions/{id}/status/stream`": session.EVENTS,
    "`GET /events` (NotifyHub)": legacy.NOTIFYHUB_EVENTS,
    "`GET /api/v1/notifications/stream`, `…/stream/{user_id}` (Vividly)": legacy.VIVIDLY_EVENTS,
}


@pytest.mark.parametrize("heading", TABLES)
def test_page_has_every_event_with_its_fields(heading: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0], re.MULTILINE)

    events: Mapping[str, Event] = TABLES[heading]
    assert {name: set(re.findall(r"`(\w+)`", fields)) for name, fields in rows} == {
        name: fields_of(event.model) for name, event in events.items()
    }


def test_page_names_every_way_to_send_a_cursor() -> None:
    assert all(f"`?{name}=`" in PAGE for name in PARAMETERS)
    assert f"`{HEADER}`" in PAGE


def fields_of(model: Any) -> set[str]:
    """The names of a model's fields, and for a list those of its entries."""
    if issubclass(model, RootModel):
        return fields_of(get_args(model.model_fields["root"].annotation)[0])
    return set(model.model_fields) | (set(json.ChangedStatus.model_fields) if model is json.State else set())
