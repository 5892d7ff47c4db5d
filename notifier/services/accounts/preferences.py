"""What somebody has set about pages: how they look and sound, and what time it is there."""

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
        raise ValueError("must be a time zone such as Europe/Berlin, or empty for the one of the browser")
    return value


class Preferences(BaseModel):
    """`time_zone`: a name of the IANA data base, or empty for the browser's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sound: bool = False
    theme: Literal["auto", "light", "dark"] = "auto"
    time_zone: Annotated[str, AfterValidator(_zone)] = ""

    @property
    def zone(self) -> ZoneInfo:
        """Where days begin and end for somebody who is not asked."""
        return ZoneInfo(self.time_zone if self.time_zone in zones() else "UTC")


@cache
def zones() -> frozenset[str]:
    """The names there are on this machine; looking for them reads hundreds of files."""
    return frozenset(available_timezones())


def of(user_id: int) -> Preferences:
    with database.read() as connection:
        row = connection.execute(select(User.sound, User.theme, User.time_zone).where(User.id == user_id)).one()
    # Not checked again: a name may be unknown on this machine and good on the one it was set on.
    return Preferences.model_construct(sound=row.sound, theme=row.theme, time_zone=row.time_zone)


def keep(user_id: int, preferences: Preferences) -> None:
    with database.write() as transaction:
        transaction.execute(update(User).where(User.id == user_id).values(**preferences.model_dump()))
