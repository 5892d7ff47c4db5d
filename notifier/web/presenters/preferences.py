"""A user's preferences and mutes, as the API answers them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from notifier.services.preferences.choices import CHANNELS, Matrix, QuietHours
from notifier.web.http.json_answers import ResponseModel

_NIGHT = {"from": "22:00", "to": "07:00", "days": [0, 1, 2, 3, 4, 5, 6]}
_DEFAULT = {"in_app": "on", "email": "unread", "push": "on"}
_VIDEOS = {"label": "Videos", "locked": False, "in_app": "off", "email": "unread", "push": "on", "default": _DEFAULT}
InApp = Literal["on", "quiet", "off"]
Email = Literal["off", "at_once", "unread", "hourly", "daily", "weekly"]
Push = Literal["off", "on"]


class ChannelValues(ResponseModel):
    """What a category does on each channel."""

    in_app: InApp = Field(examples=["on"])
    email: Email = Field(examples=["unread"])
    push: Push = Field(examples=["on"])


class CategoryPreference(ChannelValues):
    """What reaches the user of one category."""

    label: str = Field(examples=["Videos"])
    locked: bool = Field(examples=[False])
    """Set by an admin: it cannot be changed."""
    default: ChannelValues


class Preferences(ResponseModel):
    """What reaches the user, where and when."""

    categories: dict[str, CategoryPreference] = Field(examples=[{"videos": _VIDEOS}])
    """By the name of the category, in the order of the page."""
    quiet_hours: QuietHours | None = Field(examples=[_NIGHT])
    time_zone: str = Field(examples=["Europe/Berlin"])
    """The zone of the user's days: as chosen, else the browser's."""
    paused_until: AwareDatetime | None = Field(examples=[None])
    digest_time: str = Field(examples=["08:00"])
    digest_day: int = Field(examples=[0])
    """0 is Monday."""


class Muted(ResponseModel):
    """Something that the user has muted."""

    id: str = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    kind: Literal["type", "sender", "thread"] = Field(examples=["thread"])
    value: str = Field(examples=["video-7"])
    until: AwareDatetime | None = Field(examples=[None])


class Paused(ResponseModel):
    """The end of the user's pause."""

    paused_until: AwareDatetime | None = Field(examples=["2026-01-01T15:40:00.000Z"])


def preferences_values(found: Matrix) -> dict[str, Any]:
    """The fields of `Preferences`."""
    row = found.attention
    return {
        "categories": {category.slug: _category(found, category) for category in found.categories},
        "quiet_hours": found.quiet_hours,
        "time_zone": found.zone,
        "paused_until": found.paused_until,
        "digest_time": "08:00" if row is None else row.digest_time,
        "digest_day": 0 if row is None else row.digest_day,
    }


def muted_values(row: Any) -> dict[str, Any]:
    """The fields of a `Muted`."""
    return {"id": row.public_id, "kind": row.kind, "value": row.value, "until": row.until}


def _category(found: Matrix, category: Any) -> dict[str, Any]:
    values = {channel: found.value(category, channel) for channel in CHANNELS}
    default = {channel: getattr(category, channel) for channel in CHANNELS}
    return {"label": category.label, "locked": category.locked} | values | {"default": default}
