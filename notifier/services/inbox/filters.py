"""Filters of inbox lists, as conditions of a query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func

from notifier.models import Message, Notification
from notifier.models.notification import OUT_OF_LISTS, Status
from notifier.services.inbox.changes import IS_KEPT
from notifier.services.visible_text import search_form


@dataclass(frozen=True, slots=True)
class Filter:
    """The notifications that a list shows.

    `status` None: all but the archived and the snoozed ones; `everything`: these too. `query`: text in title or message.
    `through`: only those that arrived up to this `seq`. `ids`: only these, by the ids that clients know them by.
    """

    status: Status | None = None
    everything: bool = False
    type: str | None = None
    query: str | None = None
    through: int | None = None
    ids: tuple[str, ...] | None = None

    def conditions(self, user_id: int) -> list[ColumnElement[bool]]:
        """The filter as conditions on `Notification` and `Message`."""
        found = [Notification.user_id == user_id, IS_KEPT]
        if self.status:
            found.append(Notification.status == self.status)
        elif not self.everything:
            found.append(Notification.status.not_in(OUT_OF_LISTS))
        if self.type:
            found.append(Message.type == self.type)
        if self.query:
            found.append(_mentions(self.query))
        if self.through is not None:
            found.append(Notification.position <= self.through)
        if self.ids is not None:
            found.append(func.coalesce(Notification.public_id, Message.public_id).in_(self.ids))
        return found


def _mentions(query: str) -> ColumnElement[bool]:
    """Whether title or text contain `query` in any case.

    Folded by this program: databases differ in which scripts they fold.
    """
    folded = Message.search_text.contains(search_form(query), autoescape=True)
    unfolded = Message.title.icontains(query, autoescape=True) | Message.text.icontains(query, autoescape=True)
    return folded | (Message.search_text.is_(None) & unfolded)
