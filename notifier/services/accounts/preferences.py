"""A user's settings of pages: sound, theme and time zone."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlalchemy import select, update

from notifier import database
from notifier.models import User


def _zone(value: str) -> str:
    if value and value not in zones():
        raise ValueError("must be a time zone such as Europe/Berlin, or empty for the browser's")
    return value


class Preferences(BaseModel):
    """`time_zone`: a name of the IANA database, or empty for the browser's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sound: bool = False
    theme: Literal["auto", "light", "dark"] = "auto"
    time_zone: Annotated[str, AfterValidator(_zone)] = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end on the server; UTC where only the browser has one."""
        return ZoneInfo(self.time_zone if self.time_zone in zones() else "UTC")


@cache
def zones() -> frozenset[str]:
    """The names of time zones on this machine, cached: listing them reads hundreds of files."""
    return frozenset(available_timezones())


def get(user_id: int) -> Preferences:
    with database.read() as connection:
        row = connection.execute(select(User.sound, User.theme, User.time_zone).where(User.id == user_id)).one()
    # Not validated again: a zone may be unknown on this machine and known on the one where it was set.
    return Preferences.model_construct(sound=row.sound, theme=row.theme, time_zone=row.time_zone)


def save(user_id: int, preferences: Preferences) -> None:
    with database.write() as transaction:
        transaction.execute(update(User).where(User.id == user_id).values(**preferences.model_dump()))
