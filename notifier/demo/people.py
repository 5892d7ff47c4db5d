"""The demo people: their names, passwords and groups.

The users of a database who are listed in the file of passwords are demo people; all others are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count as numbers
from itertools import islice
from pathlib import Path

from sqlalchemy import exists, insert, literal, select

from notifier import database
from notifier.models import Group, Inbox, Membership, User
from notifier.models.user import Role
from notifier.services.accounts import groups, passwords, users
from notifier.services.validation import name, name_key

FIRST_PEOPLE = {"alice": Role.USER, "bob": Role.USER, "carol": Role.USER, "admin": Role.ADMIN}
EVERYONE, STAFF = "demo", "staff"
"""The group of all demo people, and one of some of them."""

_GIVEN_NAMES = """
dana erik fatima grace henrik inês jürgen kofi li-wei maria.lopez noor olga paulo quinn rosa søren tomasz ulrike vikram wanjiru xenia
yusuf zoë さくら ليلى maximiliana.theodora.von-und-zu-hohenlohe
"""
_PEOPLE_PER_SENDER = 8


def known(file: Path) -> list[str]:
    """The demo people of this database, in the order in which they were created."""
    listed = _listed(file)
    with database.read() as connection:
        return [user for user in connection.scalars(select(User.name).order_by(User.id)) if user in listed]


def has_others(file: Path) -> bool:
    """Whether the database has users that are not demo people."""
    return users.count() > len(known(file))


def create(file: Path, count: int) -> str:
    """Create demo people until there are `count`.

    Returns the content of `file`: their names and passwords, a pair a line.
    """
    there = known(file)
    kept = {user: password for user, password in _listed(file).items() if user in there}
    new = list(islice(_free_names(), max(0, count - len(there))))
    first = {user: passwords.generated() for user in new if user in FIRST_PEOPLE}
    for user, password in first.items():
        users.create_user(user, password, FIRST_PEOPLE[user])
    others, shared = [user for user in new if user not in FIRST_PEOPLE], passwords.generated()
    _insert(others, shared)
    return _write(file, kept | first | dict.fromkeys(others, shared))


def join_group(group: str, names: Sequence[str]) -> None:
    """Make `names` members of `group`, which is created if it is missing.

    The first of them manages it.
    """
    with database.read() as connection:
        missing = connection.scalar(select(Group.id).where(Group.name_key == name_key(group))) is None
    if missing:
        groups.create(group)
    with database.write() as transaction:
        group_id = transaction.scalar(select(Group.id).where(Group.name_key == name_key(group)))
        member = exists().where(Membership.group_id == group_id, Membership.user_id == User.id)
        new = select(literal(group_id), User.id, User.name == names[0]).where(User.name.in_(names), ~member)
        transaction.execute(insert(Membership).from_select(["group_id", "user_id", "manager"], new))


def staff(names: Sequence[str]) -> list[str]:
    """Those of `names` who are members of the group `STAFF`: half of them."""
    return [user for place, user in enumerate(names) if place % 4 < 2]


def _free_names() -> Iterator[str]:
    with database.read() as connection:
        taken = set(connection.scalars(select(User.name_key)))
    given = [name(each) for each in _GIVEN_NAMES.split()]
    numbered = (f"{each}-{number}" for number in numbers(2) for each in given)
    for source in (FIRST_PEOPLE, given, numbered):
        yield from (each for each in source if name_key(each) not in taken)


def _insert(names: Sequence[str], password: str) -> None:
    """In one transaction, with one hash for all: hashing takes a tenth of a second each."""
    if not names:
        return
    hash_ = passwords.hashed(password)
    roles = [Role.SENDER if place % _PEOPLE_PER_SENDER == 0 else Role.USER for place, _ in enumerate(names)]
    rows = [
        {"name": user, "name_key": name_key(user), "password_hash": hash_, "role": role} for user, role in zip(names, roles, strict=True)
    ]
    with database.write() as transaction:
        transaction.execute(insert(User), rows)
        without = select(User.id).where(~exists().where(Inbox.user_id == User.id))
        transaction.execute(insert(Inbox).from_select(["user_id"], without))


def _listed(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    pairs = (line.partition(" ") for line in file.read_text("utf-8").splitlines())
    return {user: password for user, _, password in pairs}


def _write(file: Path, listed: dict[str, str]) -> str:
    content = "".join(f"{user} {password}\n" for user, password in listed.items())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(content, "utf-8")
    return content
