"""The groups that a host application names for a user.

From a user's own token only groups count that are marked as managed by the host: they are joined and left to match the token. The host
itself, with a key, may add its users to every group.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, delete, insert, select

from notifier.database.json_sql import in_numbers
from notifier.errors import FieldError, invalid_fields, shown
from notifier.models import Group, Membership
from notifier.services.validation import name_key


def moves(connection: Connection, user_id: int, names: Sequence[str] | None) -> tuple[list[int], list[int]]:
    """The ids of the managed groups that the user has to join and to leave.

    None for `names` leaves all as they are.
    """
    if names is None:
        return [], []
    named = {name_key(name) for name in names}
    rows = connection.execute(_with_membership(user_id).where(Group.managed)).all()
    join = [row.id for row in rows if row.member is None and row.name_key in named]
    return join, [row.id for row in rows if row.member is not None and row.name_key not in named]


def move(transaction: Connection, user_id: int, names: Sequence[str] | None) -> None:
    """Join and leave managed groups, so that the user is in those of `names`."""
    joined, left = moves(transaction, user_id, names)
    _join(transaction, user_id, joined)
    if left:
        transaction.execute(delete(Membership).where(Membership.user_id == user_id, in_numbers(Membership.group_id, left)))


def refuse_unknown(connection: Connection, names: Sequence[str]) -> None:
    """Raise `Invalid` naming each group that does not exist."""
    keys = [name_key(name) for name in names]
    known = set(connection.scalars(select(Group.name_key).where(Group.name_key.in_(keys)))) if keys else set()
    wrong = [(place, name) for place, name in enumerate(names) if keys[place] not in known]
    if wrong:
        raise invalid_fields([FieldError(f"groups[{place}]", f"there is no group {shown(name)}") for place, name in wrong])


def add(transaction: Connection, user_id: int, names: Sequence[str]) -> None:
    """Add the user to all groups that are named, managed or not."""
    keys = [name_key(name) for name in names]
    if keys:
        rows = transaction.execute(_with_membership(user_id).where(Group.name_key.in_(keys)))
        _join(transaction, user_id, [row.id for row in rows if row.member is None])


def _join(transaction: Connection, user_id: int, groups: Sequence[int]) -> None:
    if groups:
        transaction.execute(insert(Membership), [{"group_id": group, "user_id": user_id, "manager": False} for group in groups])


def _with_membership(user_id: int) -> Select[int, str, int]:
    member = (Membership.group_id == Group.id) & (Membership.user_id == user_id)
    return select(Group.id, Group.name_key, Membership.user_id.label("member")).outerjoin(Membership, member)
