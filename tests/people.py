"""Users and groups for tests, as an operator would create them beforehand."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import httpx
from argon2 import PasswordHasher
from flask import Flask
from flask.ctx import AppContext

from notifier import create_app
from notifier.extensions import db
from notifier.services.accounts import groups, passwords, sign_ins, users
from notifier.web.presenters.account import tokens_of
from tests.api_client import Api, Person
from tests.servers.notifier import QUIET_SETTINGS

PASSWORD = "correct horse battery staple"

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Cheap hashes: their parameters are part of the hash, so a server checks one in 0.1 ms instead of 100."""


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
        """Create a user and sign in. Without a request: tests of signing in make theirs, and these are thousands."""
        with self.app.app_context(), patch.object(passwords, "_hasher", CHEAP_HASHER):
            account = users.create_user(fresh(name), PASSWORD, role)
            signed_in = tokens_of(sign_ins.start(account))
        person = Person(self.api, PASSWORD, signed_in.model_dump(mode="json"))
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
