"""Members of groups, on PostgreSQL, where two requests may add the same one at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import insert, select

from notifier import database
from notifier.models import Group, Membership
from notifier.services.accounts import groups, users
from tests.databases import Databases


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.mark.postgres
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
