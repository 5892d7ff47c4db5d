"""A user's settings of pages: sound, theme and time zone."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import bindparam, select, update

from notifier import database
from notifier.models import Attention, User

# Built once: it runs at every page.
_OF_USER = database.Prepared(
    select(User.sound, User.theme, User.time_zone, User.browser_zone, Attention.paused_until)
    .outerjoin(Attention, Attention.user_id == User.id)
    .where(User.id == bindparam("user"))
)


def _zone(value: str) -> str:
    if value and value not in zones():
        raise ValueError("must be a time zone such as Europe/Berlin, or empty for the browser's")
    return value


class PageSettings(BaseModel):
    """`time_zone`: a name of the IANA database, or empty for the browser's.

    `browser_zone`: learnt from the pages. `paused_until`: the end of a pause, which may be over. Both are not saved here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sound: bool = False
    theme: Literal["auto", "light", "dark"] = "auto"
    time_zone: Annotated[str, AfterValidator(_zone)] = ""
    browser_zone: Annotated[str, Field(exclude=True)] = ""
    paused_until: Annotated[datetime | None, Field(exclude=True)] = None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the user's days begin and end: as chosen, else the browser's, else UTC."""
        name = self.time_zone or self.browser_zone
        return ZoneInfo(name if name in zones() else "UTC")


@cache
def zones() -> frozenset[str]:
    """The names of time zones on this machine, cached: listing them reads hundreds of files."""
    return frozenset(available_timezones())


def get(user_id: int) -> PageSettings:
    found = find(user_id)
    assert found is not None  # of a user who has just been authenticated
    return found


def find(user_id: int) -> PageSettings | None:
    """As `get`, or None for a user who is gone."""
    row = database.lookup(_OF_USER, user=user_id)
    # Not validated again: a zone may be unknown on this machine and known on the one where it was set.
    return None if row is None else PageSettings.model_construct(**row._asdict())


def save(user_id: int, settings: PageSettings) -> None:
    with database.write() as transaction:
        transaction.execute(update(User).where(User.id == user_id).values(**settings.model_dump()))
