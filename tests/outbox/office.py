"""Users, messages and the outbox, in this process. The clock is moved by moving what is stored into the past."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from flask import Flask
from sqlalchemy import Row, insert, select, text, update

from notifier import database
from notifier.database import lookups
from notifier.models import Address, Category, Choice, Delivery, Group, Inbox, Membership, Message, Step, User
from notifier.models.columns import now
from notifier.services.accounts import addresses, users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.messages.send import Draft, Sent, send
from notifier.services.outbox import claims, digests, steps
from tests.outbox.queues import deliveries_on, send_all
from tests.servers import MailServer
from tests.servers.notifier import PREFIX

HERE = "https://notify.example.com"
PASSWORD = "correct horse battery staple"
_TIMES = {
    "steps": ("due_at", "done_at"),
    "deliveries": ("due_at", "not_before", "lease_until", "created_at", "settled_at"),
    "digests": ("next_at", "last_at"),
    "messages": ("created_at", "expires_at", "ends_at"),
    "attention": ("quiet_from", "quiet_until", "paused_until"),
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """`to`: reaches all of them. `emails`: their addresses by id."""

    to: str
    emails: dict[int, str]


class Office:
    """Names and addresses are unique, so that tests may share a mail server."""

    channel = "email"

    def __init__(self, app: Flask, server: MailServer) -> None:
        self.app = app
        self.server = server
        self.try_at_once()

    def try_at_once(self) -> None:
        """Send although the mail server has just failed."""
        self.queue = deliveries_on(self.channel)

    def person(self, name: str, kind: str = "", **values: object) -> Account:
        """A user with a confirmed address. `kind`: how the mail server answers (`later`, `never`, …). `values`: columns of the user."""
        account = users.create_user(f"{name}-{secrets.token_hex(4)}", PASSWORD)
        addresses.set_confirmed(account.id, account.name, f"{kind}.{account.name}@example.com" if kind else f"{account.name}@example.com")
        if values:
            with database.write() as transaction:
                transaction.execute(update(User).where(User.id == account.id).values(**values))
        return account

    def crowd(self, count: int, kind: str = "", **values: object) -> Crowd:
        """Users with confirmed addresses, inserted in bulk."""
        name = f"crowd-{secrets.token_hex(4)}"
        people = [{"name": f"{name}-{number}", "name_key": f"{name}-{number}", "password_hash": "none"} | values for number in range(count)]
        with database.write() as transaction:
            ids = sorted(transaction.scalars(insert(User).returning(User.id), people))
            transaction.execute(insert(Inbox), [{"user_id": id} for id in ids])
            group = transaction.scalar(insert(Group).values(name=name, name_key=name).returning(Group.id))
            transaction.execute(insert(Membership), [{"group_id": group, "user_id": id} for id in ids])
            emails = {id: f"{kind}.{id}-{name}@example.com" if kind else f"{id}-{name}@example.com" for id in ids}
            confirmed = {"from_host": False, "refusals": 0, "confirmed_at": now()}
            transaction.execute(insert(Address), [{"user_id": id, "email": email} | confirmed for id, email in emails.items()])
        return Crowd(f"group:{name}", emails)

    def taken(self, crowd: Crowd) -> list[str]:
        """The ids of the mails that the server took for a crowd, in order."""
        addresses_ = set(crowd.emails.values())
        return [mail.id for mail in self.server.mails() if mail.to in addresses_]

    def environment(self) -> dict[str, str]:
        """The settings of another process with the same database and mail server."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        names = ("DATABASE_URL", "SECRET_KEY", "MAIL_URL", "PUBLIC_URL", "MAIL_RATE")
        return inherited | {PREFIX + name: str(self.app.config[name]) for name in names}

    def address(self, account: Account) -> str:
        found = addresses.get(account.id)
        assert found is not None
        return found.email

    def category(self, slug: str, **values: Any) -> int:
        return category(slug, **values)

    def choose(self, account: Account, category: int, value: str, channel: str = "email") -> None:
        with database.write() as transaction:
            row = {"category_id": category, "user_id": account.id, "channel": channel, "value": value, "changed_at": now()}
            transaction.execute(insert(Choice).values(**row))

    def send(self, *accounts: Account, **fields: Any) -> Sent:
        title = {"title": "Video Ready!"} if "title" not in fields and "message" not in fields else {}
        return send(Draft(to=[f"user:{account.name}" for account in accounts], **title | fields))

    def read(self, account: Account) -> None:
        inbox.read_all(account.id, Filter())

    def later(self, **delta: float) -> None:
        """Move the clock forward."""
        moved = timedelta(**delta)
        with database.write() as transaction:
            for table, columns in _TIMES.items():
                for column in columns:
                    self._move(transaction, table, column, moved)

    def plan(self) -> None:
        """Do all that is due but send."""
        for step in (claims.release_step, steps.step, digests.step):
            while step():
                pass

    def plan_at(self, instant: datetime) -> None:
        """Plan digests of what has been sent, as if it were `instant` now. Steps that are due later are left alone."""
        with patch.object(database, "clock", lambda _: instant), patch.object(lookups, "clock", lambda _: instant):
            with database.write() as transaction:
                transaction.execute(update(Step).where(Step.later.is_(False)).values(due_at=instant))
            while steps.step():
                pass

    def read_by_id(self, user_ids: Iterable[int]) -> None:
        for user_id in user_ids:
            inbox.read_all(user_id, Filter())

    def work(self) -> None:
        """Do all that is due, and send."""
        self.plan()
        send_all(self.queue)

    def deliveries(self, account: Account | None = None) -> Sequence[Row[Any]]:
        with database.read() as connection:
            found = select(Delivery.__table__).order_by(Delivery.id)
            return connection.execute(found if account is None else found.where(Delivery.user_id == account.id)).all()

    def states(self, account: Account | None = None) -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in self.deliveries(account)]

    def steps(self) -> Sequence[Row[Any]]:
        with database.read() as connection:
            return connection.execute(select(Step.__table__).order_by(Step.id)).all()

    def mails(self, account: Account) -> list[str]:
        """The subjects of the mails that the server took for a user."""
        return [str(mail.parsed["Subject"]) for mail in self.server.mails(self.address(account))]

    def message_id(self, sent: Sent) -> int:
        with database.read() as connection:
            found = connection.scalar(select(Message.id).where(Message.public_id == sent.message))
        assert found is not None
        return int(found)

    def _move(self, transaction: Any, table: str, column: str, moved: timedelta) -> None:
        if transaction.dialect.name != "sqlite":
            transaction.execute(text(f"UPDATE {table} SET {column} = {column} - CAST(:moved AS interval)"), {"moved": moved})
            return
        rows = transaction.execute(text(f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL")).all()
        values = [{"row": row[0], "at": (datetime.fromisoformat(row[1]) - moved).isoformat(" ", "microseconds")} for row in rows]
        if values:
            transaction.execute(text(f"UPDATE {table} SET {column} = :at WHERE rowid = :row"), values)


def category(slug: str, **values: Any) -> int:
    """A category of the type of its own name."""
    with database.write() as transaction:
        row = Category(slug=slug, label=slug.title(), types=[slug], **values)
        given = {column.name: getattr(row, column.name) for column in Category.__table__.columns}
        columns = {name: value for name, value in given.items() if value is not None}
        found = transaction.scalar(insert(Category).values(**columns).returning(Category.id))
    assert found is not None
    return int(found)


def links(text: str) -> list[str]:
    """The paths of the links in a mail."""
    return [found.removeprefix(HERE) for found in re.findall(rf"{HERE}[^\s\"<>]*", text)]


def link(text: str, start: str) -> str:
    return next(path for path in links(text) if path.startswith(start))
