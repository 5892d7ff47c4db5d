"""docs/events.md has every event of every stream; `make docs` writes their fields."""

from __future__ import annotations

import pytest

from notifier.web.http.last_event_id import HEADER, PARAMETERS
from tests.documents import DOCS, events

PAGE = (DOCS / "events.md").read_text()


@pytest.mark.parametrize("heading", events.TABLES)
def test_page_has_every_event(heading: str) -> None:
    assert sorted(events.rows(PAGE, heading)) == sorted(events.TABLES[heading])


def test_fields_of_events_are_those_of_their_models() -> None:
    without = PAGE.replace("`seq`, `unread_count`, `status`", "`seq`, `other`")

    assert without != PAGE
    assert events.with_fields(without) == PAGE


def test_page_names_every_way_to_send_a_cursor() -> None:
    assert all(f"`?{name}=`" in PAGE for name in PARAMETERS)
    assert f"`{HEADER}`" in PAGE
