"""Named sets of users. A member can be a manager of the group."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import id_column, instant


class Group(Model):
    """A group. `name_key` as in `User`.

    `managed`: its members are those whose tokens from the host application name it.
    """

    __tablename__ = "groups"

    id: Mapped[id_column]
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(64), unique=True)
    managed: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[instant]


class Membership(Model):
    """One user in one group. `manager`: may watch the sessions of the group's members."""

    __tablename__ = "memberships"

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    manager: Mapped[bool] = mapped_column(default=False)
