"""Fill an empty database with users in groups and print their tokens, in a process of its own.

It inserts into the tables in a few statements: a password hash for each user would take a quarter of an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifier.services.accounts.users import Account

GROUP_SIZE = 500
"""Users who can be written to in one transaction."""


def name(person: int) -> str:
    return f"person{person}"


def group(number: int) -> str:
    """The name of the group of the users from `number * GROUP_SIZE` on."""
    return f"group{number}"


def populate(grouped: int, spare: int, environment: Mapping[str, str], checkout: Path | None = None) -> list[str]:
    """Create `grouped` users, the first of them a sender, and `spare` ones in no group.

    Returns their access tokens in this order. A host application that `environment` names knows them by their names.
    `checkout`: the one whose schema the database gets, if not this one.
    """
    command = [sys.executable if checkout is None else python(checkout), "-m", "benchmarks.people", str(grouped), str(spare)]
    ended = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=120, cwd=checkout)
    return ended.stdout.split()


def python(checkout: Path) -> str:
    """The interpreter of another checkout: that of its `.venv`, or else this one."""
    own = checkout / ".venv/bin/python"
    return str(own) if own.exists() else sys.executable


def main(grouped: int, spare: int) -> None:
    from notifier import create_app
    from notifier.models.user import Role
    from notifier.services.accounts import tokens, users
    from notifier.services.maintenance import schema

    app = create_app()
    with app.app_context():
        schema.upgrade()
        sender = users.create_user(name(0), os.urandom(16).hex(), Role.SENDER)
        _insert(range(1, grouped + spare), grouped)
        for account in [sender, *_others(sender)]:
            print(tokens.access_token(account))
        if app.config["TRUSTED_ISSUER"]:
            _make_known_to_host(app.config["TRUSTED_ISSUER"])


def _insert(others: Sequence[int], grouped: int) -> None:
    """Insert the others.

    Ids rise with their numbers, since the database is empty; all have one password.
    """
    from sqlalchemy import insert, select

    from notifier import database
    from notifier.models import Group, Inbox, Membership, User

    with database.write() as transaction:
        first, hash_ = transaction.execute(select(User.id, User.password_hash)).one()
        if others:
            users = [{"id": first + i, "name": name(i), "name_key": name(i), "password_hash": hash_} for i in others]
            transaction.execute(insert(User), users)
            transaction.execute(insert(Inbox), [{"user_id": first + i} for i in others])
        numbers = range(-(-grouped // GROUP_SIZE))
        transaction.execute(insert(Group), [{"id": number + 1, "name": group(number), "name_key": group(number)} for number in numbers])
        members = [{"group_id": person // GROUP_SIZE + 1, "user_id": first + person} for person in range(grouped)]
        transaction.execute(insert(Membership), members)


def _make_known_to_host(issuer: str) -> None:
    """Give all users an identity: they have come before."""
    from sqlalchemy import insert, literal, select

    from notifier import database
    from notifier.models import Identity, User
    from notifier.models.columns import now

    columns = ["issuer", "subject", "user_id", "seen_at"]
    with database.write() as transaction:
        everybody = select(literal(issuer), User.name, User.id, literal(now(), Identity.seen_at.type))
        transaction.execute(insert(Identity).from_select(columns, everybody))


def _others(sender: Account) -> list[Account]:
    """All users but the sender, in the order of their numbers."""
    from sqlalchemy import select

    from notifier import database
    from notifier.models import User
    from notifier.models.user import Role

    with database.read() as connection:
        rows = connection.execute(select(User.id, User.public_id, User.name).where(User.id != sender.id).order_by(User.id)).all()
    return [replace(sender, id=row.id, public_id=row.public_id, name=row.name, role=Role.USER) for row in rows]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
