"""Fixtures of the outbox's tests: an application in this process with e-mail, and a mail server in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from flask import Flask

from notifier import create_app
from notifier.extensions import db
from notifier.services import configured_channels
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from tests.outbox.office import HERE, PASSWORD, Office
from tests.outbox.push_office import CONTACT, PushOffice
from tests.servers import MailServer
from tests.servers.notifier import QUIET_SETTINGS
from tests.servers.push_service import PushService


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[MailServer]:
    """A mail server that the test stops."""
    with MailServer() as server:
        yield server


@pytest.fixture
def mail_app(database_url: str, mail_server: MailServer) -> Iterator[Flask]:
    settings = {"DATABASE_URL": database_url, "MAIL_URL": mail_server.url, "PUBLIC_URL": HERE, "MAIL_RATE": "off"}
    app = create_app(QUIET_SETTINGS | settings)
    with app.app_context():
        yield app
        for channel in configured_channels.by_name().values():
            channel.close()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def office(mail_app: Flask, mail_server: MailServer) -> Office:
    return Office(mail_app, mail_server)


@pytest.fixture
def visitor(mail_app: Flask) -> Iterator[httpx.Client]:
    with httpx.Client(base_url="http://localhost:8000", transport=httpx.WSGITransport(mail_app)) as browser:
        yield browser


@pytest.fixture
def hooked_app(database_url: str) -> Iterator[Flask]:
    """An application whose webhooks may call this machine."""
    app = create_app(QUIET_SETTINGS | {"DATABASE_URL": database_url, "PUBLIC_URL": HERE, "ALLOW_PRIVATE_TARGETS": True})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def alice(hooked_app: Flask) -> Account:
    """A user of `hooked_app`, without an address."""
    return users.create_user("alice", PASSWORD)


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushService]:
    with PushService() as found:
        yield found


@pytest.fixture
def push_office(database_url: str, push_service: PushService) -> Iterator[PushOffice]:
    settings = {"DATABASE_URL": database_url, "PUSH_CONTACT": CONTACT, "ALLOW_PRIVATE_PUSH": True}
    app = create_app(QUIET_SETTINGS | settings)
    with app.app_context():
        yield PushOffice(app, push_service)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def crawler(mail_app: Flask) -> Iterator[httpx.Client]:
    """A browser without cookies, as programs that check mails are."""
    with httpx.Client(base_url="http://localhost:8000", transport=httpx.WSGITransport(mail_app)) as browser:
        yield browser
