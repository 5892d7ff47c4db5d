"""People by the thousand: they have inboxes, and nobody ever signs in as one of them."""

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
    """`address`: how a message names all of them in `to`."""

    address: str
    ids: list[int]


def crowd(people: People, count: int) -> Crowd:
    """Somebody new each time. Written by a statement for each table: a hash for each password would take minutes."""
    name = f"crowd-{secrets.token_hex(3)}"
    users = [{"name": f"{name}-{number}", "name_key": f"{name}-{number}", "password_hash": "of nobody"} for number in range(count)]
    with people.elsewhere(), database.write() as transaction:
        ids = sorted(transaction.scalars(insert(User).returning(User.id), users))
        transaction.execute(insert(Inbox), [{"user_id": id} for id in ids])
        group = transaction.scalar(insert(Group).values(name=name, name_key=name).returning(Group.id))
        transaction.execute(insert(Membership), [{"group_id": group, "user_id": id} for id in ids])
    return Crowd(f"group:{name}", ids)


def holders(people: People, message_id: str, *rows: ColumnElement[bool]) -> Counter[int]:
    """How many notifications of the message with this id each user has, deleted ones included; only those that are such `rows`."""
    count = func.count().label("count")
    held = select(Notification.user_id, count).join(Message, Message.id == Notification.message_id).group_by(Notification.user_id)
    with people.elsewhere(), database.read() as connection:
        found = connection.execute(held.where(Message.public_id == message_id, *rows))
        return Counter({row.user_id: row.count for row in found})


def still_waiting(people: People) -> int:
    """How many people somebody's message is still to be written to."""
    with people.elsewhere(), database.read() as connection:
        return connection.scalar(select(func.sum(AudienceChunk.size))) or 0
