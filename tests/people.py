"""Users and groups for tests, as an operator would create them beforehand."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import httpx
from argon2 import PasswordHasher
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import insert

from notifier import create_app, database
from notifier.extensions import db
from notifier.models import Inbox, SignIn, User
from notifier.models.columns import new_public_id, now
from notifier.models.user import Role
from notifier.services import validation
from notifier.services.accounts import groups, passwords, tokens, users
from notifier.services.accounts.users import Account
from tests.api_client import Api, Person
from tests.servers.notifier import QUIET_SETTINGS

PASSWORD = "correct horse battery staple"

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Cheap hashes: their parameters are part of the hash, so a server checks one in 0.1 ms instead of 100."""

_NEW_USER = insert(User).returning(User.id)
_NEW_INBOX = insert(Inbox)
_NEW_SIGN_IN = insert(SignIn).returning(SignIn.id)


class People:
    """Creates users and groups. Names are unique, so that tests which share a database do not see each other's users.

    `app` creates them: an application in this process on the database of the server behind `api`.
    """

    def __init__(self, app: Flask, api: Api) -> None:
        self.api = api
        self.app = app
        self._people: list[Person] = []

    def elsewhere(self) -> AppContext:
        """Return a context for calling services in this process on the server's database, as another program would."""
        return self.app.app_context()

    def account(self, name: str, role: str = "user") -> str:
        """Create a user with the password `PASSWORD` and return the name; not signed in."""
        unique = fresh(name)
        with self.app.app_context(), patch.object(passwords, "_hasher", CHEAP_HASHER):
            users.create_user(unique, PASSWORD, role)
        return unique

    def person(self, name: str, role: str = "user") -> Person:
        """Create a user and sign in. Tests of these make requests; here are thousands, for which the services take three times as long."""
        unique, public_id, jti = fresh(name), new_public_id(), new_public_id()
        with self.app.app_context():
            user = {"name": unique, "name_key": validation.name_key(unique), "password_hash": _hash(), "role": role, "public_id": public_id}
            with database.write() as transaction:
                user_id = int(transaction.scalar(_NEW_USER, user) or 0)
                transaction.execute(_NEW_INBOX, {"user_id": user_id})
                expires_at = now() + timedelta(days=self.app.config["REFRESH_DAYS"])
                row = {"user_id": user_id, "refresh_jti": jti, "expires_at": expires_at}
                sign_in = int(transaction.scalar(_NEW_SIGN_IN, row) or 0)
            account = Account(user_id, public_id, unique, Role(role), 0, 0, False, "", 0, True, unique)
            csrf = tokens.new_csrf()
            signed_in = {
                "user": {"id": public_id, "username": unique, "role": role},
                "access_token": tokens.access_token(account, sign_in=sign_in, csrf=csrf),
                "refresh_token": tokens.refresh_token(account, sign_in=sign_in, jti=jti, csrf=csrf),
            }
        person = Person(self.api, PASSWORD, signed_in)
        self._people.append(person)
        return person

    def group(self, name: str, *members: Person, manager: Person | None = None) -> str:
        """Create a group and return its name."""
        unique = fresh(name)
        with self.app.app_context():
            groups.create(unique)
            for member in members:
                groups.add(unique, member.name)
            if manager is not None:
                groups.add(unique, manager.name, manager=True)
        return unique

    def close_streams(self) -> None:
        """End the streams of all users created here."""
        for person in self._people:
            person.close()
        self._people.clear()

    def close(self) -> None:
        self.close_streams()
        self.api.close()
        with self.app.app_context():
            db.engine.dispose()


@functools.cache
def _hash() -> str:
    return CHEAP_HASHER.hash(PASSWORD)


@contextmanager
def people_in_process(database_url: str, **settings: object) -> Iterator[People]:
    """Yield the users of an application in this process, which is called by WSGI without a server."""
    app = create_app(QUIET_SETTINGS | {"DATABASE_URL": database_url} | settings)
    people = People(app, Api("http://localhost", httpx.WSGITransport(app)))
    try:
        yield people
    finally:
        people.close()


def fresh(name: str = "ann") -> str:
    """A name or subject that no other test has."""
    return f"{name}-{secrets.token_hex(3)}"
