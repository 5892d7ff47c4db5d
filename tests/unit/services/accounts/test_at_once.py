"""Two changes of the same rows at the same moment, on PostgreSQL: the second waits for the first, and neither fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from notifier import database
from notifier.models import Group, Membership, SignIn, User
from notifier.models.columns import now
from notifier.services.accounts import groups, sign_ins, users
from tests.databases import Databases

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


def test_a_member_who_is_added_twice_at_once_is_one(app: Flask) -> None:
    alice = users.create_user("alice", "correct horse battery staple")
    groups.create("staff")

    def add() -> None:
        with app.app_context():
            groups.add("staff", "alice", manager=True)

    with ThreadPoolExecutor() as pool:
        with database.write() as transaction:
            group = transaction.scalar(select(Group.id))
            transaction.execute(insert(Membership).values(group_id=group, user_id=alice.id, manager=False))
            second = pool.submit(add)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
        second.result(timeout=10)

    with database.read() as connection:
        assert connection.execute(select(Membership.manager)).all() == [(True,)]


def test_signing_out_and_a_new_password_do_not_deadlock(app: Flask) -> None:
    alice = users.create_user("alice", "correct horse battery staple")
    sign_ins.start(alice)
    with database.read() as connection:
        sign_in = connection.scalars(select(SignIn.id)).one()

    def sign_out() -> None:
        with app.app_context():
            sign_ins.end(alice.id, sign_in)

    with ThreadPoolExecutor() as pool:
        with database.write() as transaction:
            transaction.execute(update(User).where(User.id == alice.id).values(token_version=1))
            second = pool.submit(sign_out)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
            transaction.execute(update(SignIn).values(revoked_at=now()))
        second.result(timeout=10)
