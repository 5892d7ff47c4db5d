"""Mails to a mail server: what each of its answers, and each failure, means."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from notifier import mail_addresses
from notifier.channels.email import smtp
from notifier.channels.email.smtp import Connections
from notifier.channels.ports import Outcome, Result
from tests.servers import MailServer

LETTER = b"Subject: x\r\n\r\n.dot\r\n"
SENDER = "notifier@example.com"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def connections(server: MailServer) -> Iterator[Connections]:
    opened = Connections(mail_addresses.server(server.url), "notify.example.com")
    yield opened
    opened.close()


def test_answers_to_a_mail(connections: Connections) -> None:
    def answer(recipient: str) -> Outcome:
        return connections.send(SENDER, recipient, LETTER)

    assert answer("alice@example.com") == Outcome(Result.ACCEPTED, "250 taken")
    assert answer("later.a@example.com") == Outcome(Result.LATER, "451 try again later")
    assert answer("never.a@example.com") == Outcome(Result.REFUSED, "550 no such user", bad_target=True)
    assert answer("content.a@example.com") == Outcome(Result.REFUSED, "550 not this text", bad_target=True)
    assert answer("drop.a@example.com").result == Result.LATER
    assert answer("δοκιμή@example.com") == Outcome(Result.ACCEPTED, "250 taken")
    assert len(connections._idle) == 1


def test_mail_arrives_as_it_was_written(server: MailServer, connections: Connections) -> None:
    connections.send(SENDER, "exact@example.com", LETTER)

    assert [(taken.sender, taken.raw) for taken in server.mails("exact@example.com")] == [(SENDER, LETTER)]


def test_server_that_hangs_delays_this_mail_only(connections: Connections) -> None:
    with patch.object(smtp, "_TIMEOUT_SECONDS", 0.2):
        outcome = connections.send(SENDER, "hang.a@example.com", LETTER)

    assert outcome.result == Result.LATER
    assert "timed out" in outcome.answer
    assert connections.send(SENDER, "alice@example.com", LETTER).result == Result.ACCEPTED


def test_connection_that_the_server_closed_meanwhile_is_replaced(server: MailServer, connections: Connections) -> None:
    assert connections.send(SENDER, "alice@example.com", LETTER).result == Result.ACCEPTED
    server.kill()
    server.start()

    assert connections.send(SENDER, "alice@example.com", LETTER).result == Result.ACCEPTED


def test_server_that_cannot_be_used_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, patch.object(smtp, "_TIMEOUT_SECONDS", 0.2):
        port = silent.getsockname()[1]
        hangs = f"smtp://127.0.0.1:{port}"
        without_tls = f"smtps://127.0.0.1:{port}"
        urls = (hangs, without_tls, "smtp://127.0.0.1:1", "smtp://no-such-host.invalid:25")
        results = [Connections(mail_addresses.server(url), "localhost").send(SENDER, "alice@example.com", LETTER).result for url in urls]

    assert results == [Result.UNREACHABLE] * 4


def test_sign_in_that_is_refused_is_unreachable_and_shows_no_password(server: MailServer) -> None:
    with_user = mail_addresses.MailServer("127.0.0.1", server.port, "off", "user", "hunter2")

    outcome = Connections(with_user, "localhost").send(SENDER, "alice@example.com", LETTER)

    assert outcome.result == Result.UNREACHABLE
    assert "hunter2" not in outcome.answer
