"""`notifier mail test`: one mail at once, and the mail server's answer."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import insert

from notifier import database
from notifier.channels import destination
from notifier.models import Webhook
from tests.servers import MailServer
from tests.unit.cli.conftest import Run

HERE = "https://notify.example.com"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def test_test_mail_is_sent_with_the_answer(run: Run, server: MailServer) -> None:
    result = run("mail", "test", "alice@example.com", MAIL_URL=server.url, PUBLIC_URL=HERE)

    assert (result.exit_code, result.stdout) == (0, "Sent to alice@example.com: 250 taken\n")
    (mail,) = server.mails("alice@example.com")
    assert mail.parsed["Subject"] == "Test mail"
    assert f"{HERE}/settings" in mail.part("plain")


def test_refusals_and_failures_have_the_servers_text(run: Run, server: MailServer) -> None:
    refused = run("mail", "test", "never.a@example.com", MAIL_URL=server.url, PUBLIC_URL=HERE)
    gone = run("mail", "test", "alice@example.com", MAIL_URL="smtp://127.0.0.1:1", PUBLIC_URL=HERE)

    assert (refused.exit_code, refused.stderr) == (1, "notifier: the mail was not taken: 550 no such user\n")
    assert (gone.exit_code, "Connection refused" in gone.stderr) == (3, True)


def test_wrong_use_is_explained(run: Run) -> None:
    unset = run("mail", "test", "alice@example.com")
    nobody = run("mail", "test", "alice")
    without_address = run("mail", "test", "alice@example.com", MAIL_URL="smtp://127.0.0.1:1")

    assert [result.exit_code for result in (unset, nobody, without_address)] == [2, 2, 2]
    assert "NOTIFIER_MAIL_URL is not set" in unset.stderr
    assert "must be an e-mail address" in nobody.stderr
    assert "NOTIFIER_PUBLIC_URL is required" in without_address.stderr


def test_addresses_are_set_by_command(run: Run) -> None:
    made = run("user", "create", "alice", "--password-stdin", "--email", "alice@example.com", input="correct horse\n")
    wrong = run("user", "create", "bob", "--password-stdin", "--email", "bob@", input="correct horse\n")
    changed = run("user", "update", "alice", "--email", "other@example.com")

    assert [result.exit_code for result in (made, wrong, changed)] == [0, 1, 0]
    assert "must be an e-mail address" in wrong.stderr
    assert run("user", "update", "bob", "--email", "bob@example.com").exit_code == 1


def test_outbox_is_listed_retried_and_dropped(run: Run, server: MailServer) -> None:
    run("user", "create", "alice", "--password-stdin", "--email", "never.cli@example.com", input="correct horse\n")

    assert run("outbox", "list").stdout == ""
    assert run("outbox", "retry", "--all").stdout == "0 are sent again\n"
    assert run("outbox", "retry").exit_code == 2
    assert run("outbox", "drop", "nothing").exit_code == 1


def test_outbox_runs_where_there_is_something_to_send_on(run: Run, app: Flask) -> None:
    with patch.object(destination, "installed", lambda: False), patch("os.execv") as started:
        assert run("outbox", "run").exit_code == 2
        with database.write() as transaction:
            transaction.execute(insert(Webhook).values(name="app", url="https://example.com/", secret="s", events=[]))
        assert not started.called
        assert run("outbox", "run").exit_code == 0 and started.called
