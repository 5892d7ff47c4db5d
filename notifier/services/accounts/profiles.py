"""Users as the API of people shows and changes them: with their subject, address and groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.errors import NotFound, invalid
from notifier.models import Group, Identity, Membership, User
from notifier.services import audit, validation
from notifier.services.accounts import provisioning, users
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints
from notifier.services.pagination import read_page


@dataclass(frozen=True, slots=True)
class Profiles:
    """A page of users by name.

    `rows`: their columns and `subject`. `groups`: by user, the names of their groups. `after`: the cursor of the next page, or None.
    """

    rows: list[Any]
    groups: dict[int, list[str]]
    after: str | None


def listing(query: str = "", *, limit: int, after: str = "") -> Profiles:
    """Users whose name, shown name, address or subject contains `query`."""
    found = _profiles().where(User.name_key > after).order_by(User.name_key)
    if query:
        found = found.where(
            or_(
                User.name_key.contains(validation.name_key(query), autoescape=True),
                *(column.icontains(query, autoescape=True) for column in (User.label, User.email)),
                _subject() == query,
            )
        )
    with database.read() as connection:
        rows, following = read_page(connection, found, limit, "name_key")
        return Profiles(rows, _groups(connection, [row.id for row in rows]), following)


def of_account(user_id: int) -> Profiles:
    """One user. Raises `NotFound`."""
    with database.read() as connection:
        rows = list(connection.execute(_profiles().where(User.id == user_id)))
        if not rows:
            raise NotFound("There is no such user.")
        return Profiles(rows, _groups(connection, [user_id]), None)


def by_subject(subject: str) -> int | None:
    """The id of the host's user with this subject."""
    same = (Identity.issuer == provisioning.host_issuer()) & (Identity.subject == subject)
    with database.read() as connection:
        return connection.scalar(select(Identity.user_id).where(same))


def change(account: Account, values: dict[str, Any], *, role: str | None = None, disabled: bool | None = None) -> None:
    """Change columns of a user, their role and whether they are disabled: all of it, or nothing.

    Raises `Invalid` for a name that is malformed or taken, and for an unknown role.
    """
    if role is not None:
        users.check_role(role)
    if "name" in values:
        try:
            name = validation.name(values["name"])
        except ValueError as error:
            raise invalid("name", str(error)) from None
        values = values | {"name": name, "name_key": validation.name_key(name)}
    try:
        with database.write() as transaction:
            if values:
                transaction.execute(update(User).where(User.id == account.id).values(**values))
                audit.note(transaction, "user.changed", account.name, ", ".join(sorted(values.keys() - {"name_key"})))
            if role is not None and role != account.role:
                users.write_role(transaction, account, role)
            if disabled is not None and disabled != account.disabled:
                users.write_disabled(transaction, account, disabled)
    except IntegrityError:
        raise invalid("name", f"{values['name']!r} is taken") from None
    publish_hints([account.id])


def _profiles() -> Select[Any]:
    return select(User.__table__, _subject().label("subject"))


def _subject() -> Any:
    own = (Identity.user_id == User.id) & (Identity.issuer == provisioning.host_issuer())
    return select(func.min(Identity.subject)).where(own).correlate(User).scalar_subquery()


def _groups(connection: Connection, user_ids: Sequence[int]) -> dict[int, list[str]]:
    found = select(Membership.user_id, Group.name).join(Group, Group.id == Membership.group_id)
    groups: dict[int, list[str]] = {user_id: [] for user_id in user_ids}
    for user_id, name in connection.execute(found.where(in_numbers(Membership.user_id, user_ids)).order_by(Group.name_key)):
        groups[user_id].append(name)
    return groups
