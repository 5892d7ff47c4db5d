"""The people of a test: what an operator has set up before it begins."""

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
from notifier.services.accounts import groups, passwords, users
from tests.api_client import Api, Person
from tests.servers.notifier import QUIET_SETTINGS

PASSWORD = "correct horse battery staple"

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash says how it was made, so a server spends as little on checking these: 0.1 ms and not 100."""


class People:
    """Whoever `api` serves. Names are made unique, so that tests which share a database do not meet each other's people.

    `app` is an application on the same database: it makes them.
    """

    def __init__(self, app: Flask, api: Api) -> None:
        self.api = api
        self.app = app
        self._people: list[Person] = []

    def elsewhere(self) -> AppContext:
        """A context in which this process uses the services on the server's database: for the server, another program."""
        return self.app.app_context()

    def account(self, name: str, role: str = "user") -> str:
        """The name of a new person, not signed in, whose password is `PASSWORD`."""
        unique = _unique(name)
        with self.app.app_context(), patch.object(passwords, "_hasher", CHEAP_HASHER):
            users.create_user(unique, PASSWORD, role)
        return unique

    def person(self, name: str, role: str = "user") -> Person:
        """A new person, signed in."""
        person = self.api.login(self.account(name, role), PASSWORD)
        self._people.append(person)
        return person

    def group(self, name: str, *members: Person, manager: Person | None = None) -> str:
        """The name of a new group."""
        unique = _unique(name)
        with self.app.app_context():
            groups.create(unique)
            for member in members:
                groups.add(unique, member.name)
            if manager is not None:
                groups.add(unique, manager.name, manager=True)
        return unique

    def dismiss_people(self) -> None:
        """Ends the streams of everybody made here."""
        for person in self._people:
            person.close()
        self._people.clear()

    def close(self) -> None:
        self.dismiss_people()
        self.api.close()
        with self.app.app_context():
            db.engine.dispose()


@contextmanager
def people_in_process(database_url: str, **settings: object) -> Iterator[People]:
    """The people of an application in this process, which is called as a web server would call it."""
    app = create_app(QUIET_SETTINGS | {"DATABASE_URL": database_url} | settings)
    people = People(app, Api("http://localhost", httpx.WSGITransport(app)))
    try:
        yield people
    finally:
        people.close()


def _unique(name: str) -> str:
    return f"{name}-{secrets.token_hex(3)}"
