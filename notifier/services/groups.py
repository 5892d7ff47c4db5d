"""Groups of users."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import NotFound, invalid
from notifier.models import Group, Membership, User
from notifier.services import words


def create(name: str) -> None:
    """Raises `Invalid` for a name that cannot be, or is taken."""
    try:
        name = words.name(name)
    except ValueError as error:
        raise invalid("name", str(error)) from None
    try:
        with database.write() as transaction:
            transaction.execute(insert(Group).values(name=name, name_key=words.name_key(name)))
    except IntegrityError:
        raise invalid("name", f"the group {name!r} exists already") from None


def add(group: str, user: str, *, manager: bool = False) -> None:
    """Makes `user` a member, or changes whether they manage the group. Raises `NotFound`."""
    with database.write() as transaction:
        group_id = transaction.scalar(select(Group.id).where(Group.name_key == words.name_key(group)))
        user_id = transaction.scalar(select(User.id).where(User.name_key == words.name_key(user)))
        if group_id is None:
            raise NotFound(f"There is no group {group!r}.")
        if user_id is None:
            raise NotFound(f"There is no user {user!r}.")
        member = (Membership.group_id == group_id) & (Membership.user_id == user_id)
        if transaction.scalar(select(Membership.user_id).where(member)) is None:
            transaction.execute(insert(Membership).values(group_id=group_id, user_id=user_id, manager=manager))
        else:
            transaction.execute(update(Membership).where(member).values(manager=manager))
