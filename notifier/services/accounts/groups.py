"""Groups of users."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.database import upsert
from notifier.errors import NotFound, invalid, shown
from notifier.models import Group, Membership, User
from notifier.services import audit, validation


def create(name: str, *, managed: bool = False) -> None:
    """Create a group. Raises `Invalid` for a name that is malformed or taken.

    `managed`: the host application's tokens say who is in it.
    """
    name = _valid(name)
    try:
        with database.write() as transaction:
            transaction.execute(insert(Group).values(name=name, name_key=validation.name_key(name), managed=managed))
            audit.note(transaction, "group.created", name)
    except IntegrityError:
        raise invalid("name", f"the group {shown(name)} exists already") from None


def add(group: str, user: str, *, manager: bool = False) -> None:
    """Add `user` to a group, or change whether they manage it. Raises `NotFound`."""
    with database.write() as transaction:
        group_id, user_id = _group(transaction, group), _user(transaction, user)
        added = upsert.insert(transaction, Membership).values(group_id=group_id, user_id=user_id, manager=manager)
        transaction.execute(added.on_conflict_do_update(index_elements=["group_id", "user_id"], set_={"manager": manager}))
        audit.note(transaction, "member.added", group, f"{user}, manager" if manager else user)


def remove(group: str, user: str) -> None:
    """Remove `user` from a group. Raises `NotFound`, also for a user who is not a member."""
    with database.write() as transaction:
        group_id, user_id = _group(transaction, group), _user(transaction, user)
        member = (Membership.group_id == group_id) & (Membership.user_id == user_id)
        if not transaction.execute(delete(Membership).where(member)).rowcount:
            raise NotFound(f"{shown(user)} is not in {shown(group)}.")
        audit.note(transaction, "member.removed", group, user)


def change(name: str, *, new_name: str | None = None, managed: bool | None = None) -> None:
    """Rename a group, or change whether the host manages it; None leaves it.

    Raises `NotFound`, and `Invalid` for a name that is malformed or taken.
    """
    values: dict[str, object] = {} if managed is None else {"managed": managed}
    if new_name is not None:
        new_name = _valid(new_name)
        values |= {"name": new_name, "name_key": validation.name_key(new_name)}
    try:
        with database.write() as transaction:
            group_id = _group(transaction, name)
            if values:
                transaction.execute(update(Group).where(Group.id == group_id).values(**values))
                audit.note(
                    transaction, "group.changed", name, ", ".join(f"{key}: {value}" for key, value in values.items() if key != "name_key")
                )
    except IntegrityError:
        raise invalid("name", f"the group {new_name!r} exists already") from None


def dissolve(name: str) -> None:
    """Delete a group, but not its members. Raises `NotFound`."""
    with database.write() as transaction:
        group_id = _group(transaction, name)
        transaction.execute(delete(Group).where(Group.id == group_id))
        audit.note(transaction, "group.dissolved", name)


def _valid(name: str) -> str:
    try:
        return validation.name(name)
    except ValueError as error:
        raise invalid("name", str(error)) from None


def _group(transaction: Connection, name: str) -> int:
    group_id = transaction.scalar(select(Group.id).where(Group.name_key == validation.name_key(name)))
    if group_id is None:
        raise NotFound(f"There is no group {shown(name)}.")
    return group_id


def _user(transaction: Connection, name: str) -> int:
    user_id = transaction.scalar(select(User.id).where(User.name_key == validation.name_key(name)))
    if user_id is None:
        raise NotFound(f"There is no user {shown(name)}.")
    return user_id
