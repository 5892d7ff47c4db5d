"""Sign-ins that end at the same moment for two reasons, on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, update

from notifier import database
from notifier.models import SignIn, User
from notifier.models.columns import now
from notifier.services.accounts import sign_ins, users
from tests.databases import Databases


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.mark.postgres
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
