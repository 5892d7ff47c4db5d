"""Destinations: rooms and inboxes of other services, which get a message once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime
from notifier.models.remote import MAX_NAME_LENGTH, Remote


class Destination(Remote, Model):
    """`url`: an address of Apprise, a secret. `service`: what it leads to, such as `Slack`.

    `scheme`: that of the address. `name_key`: the form in which names are compared.
    """

    __tablename__ = "destinations"

    name_key: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), unique=True)
    service: Mapped[str] = mapped_column(String(60))
    scheme: Mapped[str] = mapped_column(String(30))
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
