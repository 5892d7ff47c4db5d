"""Destinations as their API shows them, without their addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from notifier.web.http.json_answers import ResponseModel


class DestinationShown(ResponseModel):
    """A destination. Its address is not shown again."""

    name: str = Field(examples=["ops"])
    """Unique, as in `destination:NAME`."""
    service: str = Field(examples=["Slack"])
    """What its address leads to."""
    scheme: str = Field(examples=["slack"])
    """That of its address."""
    on: bool = Field(examples=[True])
    """What is sent to one that is off is dropped."""
    failing_since: datetime | None = Field(examples=[None])
    """The first failure since it last worked. After 5 days it is turned off."""
    last_ok_at: datetime | None = Field(examples=["2026-01-01T10:00:00.000Z"])
    created_at: datetime = Field(examples=["2026-01-01T10:00:00.000Z"])


def destination_values(row: Any) -> DestinationShown:
    """The values of a row of `destinations.listing`."""
    return DestinationShown(
        name=row.name,
        service=row.service,
        scheme=row.scheme,
        on=row.disabled_at is None,
        failing_since=row.failing_since,
        last_ok_at=row.last_ok_at,
        created_at=row.created_at,
    )
