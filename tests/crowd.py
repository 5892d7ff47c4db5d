"""Thousands of users with inboxes, inserted in bulk. They cannot sign in."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, insert, select

from notifier import database
from notifier.models import AudienceChunk, Group, Inbox, Membership, Message, Notification, User
from tests.people import People


@dataclass(frozen=True, slots=True)
class Crowd:
    """`address`: the value for a message's `to` that reaches all of them."""

    address: str
    ids: list[int]


def crowd(people: People, count: int) -> Crowd:
    """Insert new users, one statement per table: hashing a password for each of them would take minutes."""
    name = f"crowd-{secrets.token_hex(3)}"
    users = [{"name": f"{name}-{number}", "name_key": f"{name}-{number}", "password_hash": "no password"} for number in range(count)]
    with people.elsewhere(), database.write() as transaction:
        ids = sorted(transaction.scalars(insert(User).returning(User.id), users))
        transaction.execute(insert(Inbox), [{"user_id": id} for id in ids])
        group = transaction.scalar(insert(Group).values(name=name, name_key=name).returning(Group.id))
        transaction.execute(insert(Membership), [{"group_id": group, "user_id": id} for id in ids])
    return Crowd(f"group:{name}", ids)


def holders(people: People, message_id: str, *rows: ColumnElement[bool]) -> Counter[int]:
    """Count each user's notifications of a message, deleted ones included. `rows`: further conditions."""
    count = func.count().label("count")
    held = select(Notification.user_id, count).join(Message, Message.id == Notification.message_id).group_by(Notification.user_id)
    with people.elsewhere(), database.read() as connection:
        found = connection.execute(held.where(Message.public_id == message_id, *rows))
        return Counter({row.user_id: row.count for row in found})


def pending_recipients(people: People) -> int:
    """Count the recipients, over all messages, whose notification is not written yet."""
    with people.elsewhere(), database.read() as connection:
        return connection.scalar(select(func.sum(AudienceChunk.size))) or 0
