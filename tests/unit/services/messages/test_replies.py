"""Replies in a full inbox."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from notifier import database
from notifier.models import Message, Notification
from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.inbox import inbox
from notifier.services.messages import replies, send
from notifier.services.messages.content import Content
from notifier.services.messages.replies import Answer
from notifier.services.messages.send import Draft

ROOM = 3


def kept(user_id: int) -> list[Any]:
    found = select(Message.title).join(Notification, Notification.message_id == Message.id).order_by(Notification.position)
    with database.read() as connection:
        return list(connection.scalars(found.where(Notification.user_id == user_id, Notification.status != Status.DELETED)))


@pytest.mark.parametrize(
    ("read", "left"),
    [
        ((), ["0", "1", "2"]),
        (("1",), ["0", "2", "Reply from bob"]),
        (("0", "1", "2"), ["2", "Reply from alice", "Reply from bob"]),
    ],
    ids=["all unread", "one read", "all read"],
)
def test_answers_evict_only_read_notifications_and_answers(app: Flask, read: tuple[str, ...], left: list[str]) -> None:
    app.config["INBOX_MAX"] = ROOM
    dana, alice, bob = (users.create_user(name, "correct horse") for name in ("dana", "alice", "bob"))
    asking = Content.model_validate({"title": "Which one?", "actions": [{"label": "Answer", "reply": True}]})
    with database.write() as transaction:
        send.send_within(transaction, asking, sender=dana.sender, recipients=[alice.id, bob.id])
    for title in ("0", "1", "2"):
        id = send.send(Draft(to="user:dana", title=title, priority="urgent")).id
        if title in read:
            inbox.set_status(dana.id, str(id), Status.READ)
    with database.read() as connection:
        question = str(connection.scalar(select(Message.public_id).where(Message.title == "Which one?")))

    for person in (alice, bob):
        replies.give(person, question, Answer(text="this one"))

    assert kept(dana.id) == left
    assert len(replies.given_to(question, dana.sender, after=None, limit=10)) == 2
