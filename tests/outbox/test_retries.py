"""Retries: a server that is away costs no attempt, a refusal is tried again or never, and admins see and repeat it. On both databases."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import httpx
import pytest
from flask import Flask

from notifier import mail_addresses
from notifier.channels.email import smtp
from notifier.models.user import Role
from notifier.services import configured_channels
from notifier.services.accounts import users
from notifier.services.messages.send import Draft, send
from notifier.services.outbox import retries
from tests.outbox.office import PASSWORD, Office
from tests.servers import MailServer
from tests.web.conftest import sign_in, submit
from tests.web.markup import read


@pytest.mark.slow
def test_server_that_is_away_for_two_hours_costs_no_attempt(mail_app: Flask, own_server: MailServer) -> None:
    with patch.dict(mail_app.extensions):
        channel = configured_channels.by_name()["email"]
        office = Office(mail_app, own_server)
        with patch.object(channel, "_connections", smtp.Connections(mail_addresses.server(own_server.url), "localhost")):
            crowd = office.crowd(250)
            own_server.kill()
            for number in range(2):
                send(Draft(to=crowd.to, title=f"Mail {number}"))
                office.later(minutes=31)
                office.work()
            office.later(hours=2)
            office.work()
            rows = office.deliveries()
            assert len(rows) == 500
            assert {(row.state, row.attempts) for row in rows} == {("waiting", 0)}
            assert any("refused" in (row.answer or "") for row in rows)

            own_server.start()
            office.try_at_once()
            office.work()

            assert Counter(office.states()) == {("sent", None): 500}
            subjects = [mail.headers["Subject"] for mail in own_server.mails()]
            assert subjects == ["Mail 0"] * 250 + ["Mail 1"] * 250
            channel.close()


def test_temporary_refusal_is_tried_after_1_5_and_15_minutes(office: Office) -> None:
    alice = office.person("alice", "later")
    office.send(alice)
    office.later(minutes=31)
    office.work()
    attempts = [office.server.attempts(office.address(alice))]

    for minutes in (1, 5, 15):
        office.later(minutes=minutes * 0.7)
        office.work()
        assert office.server.attempts(office.address(alice)) == attempts[-1]
        office.later(minutes=minutes * 0.6)
        office.work()
        attempts.append(office.server.attempts(office.address(alice)))

    assert attempts == [1, 2, 3, 4]
    (row,) = office.deliveries(alice)
    assert (row.state, row.attempts, row.answer) == ("waiting", 4, "451 try again later")


def test_delivery_is_given_up_after_its_last_attempt_or_a_day(office: Office) -> None:
    alice = office.person("alice", "later")
    office.send(alice)
    office.later(minutes=31)
    for _ in range(len(retries.RETRY_MINUTES) + 2):
        office.work()
        office.later(hours=3)
    office.later(hours=12)
    office.work()

    assert office.states(alice) in ([("given_up", "too_old")], [("given_up", "given_up")])


def test_final_refusal_is_never_tried_again(office: Office) -> None:
    alice, bob = office.person("alice", "never"), office.person("bob", "content")
    office.send(alice, bob)
    office.later(minutes=31)
    office.work()
    office.later(hours=10)
    office.work()

    assert office.states() == [("given_up", "given_up")] * 2
    assert [row.answer for row in office.deliveries()] == ["550 no such user", "550 not this text"]
    assert office.server.attempts(office.address(alice)) == 1


def test_outbox_shows_answers_and_tries_again(office: Office, visitor: httpx.Client) -> None:
    admin = users.create_user("admin-outbox", PASSWORD, Role.ADMIN)
    alice, bob, carol = office.person("alice", "later"), office.person("bob", "never"), office.person("carol")
    sent = office.send(alice, bob, carol, title="Deployed")
    office.later(minutes=31)
    office.work()
    sign_in(visitor, admin.name, PASSWORD)

    page = read(visitor.get("/admin/outbox").text)
    assert "Waiting 1 · Sent today 1 · Given up 1" in page.one("main").text
    assert [cell.text for cell in page.all("th") if "scope" in cell.attributes][:6] == [
        "When",
        "To",
        "Channel",
        "About",
        "Attempts",
        "Last answer",
    ]
    assert "451 try again later" in page.one("main").text
    assert "550 no such user" in page.one("main").text
    given_up = next(row for row in office.deliveries(bob))
    submit(visitor, f"/admin/outbox/{given_up.public_id}/retry")
    office.work()
    assert office.server.attempts(office.address(bob)) == 2
    submit(visitor, "/admin/outbox/retry", sure="yes")
    office.work()
    assert office.server.attempts(office.address(bob)) == 3
    waiting = office.deliveries(alice)[0]
    assert submit(visitor, f"/admin/outbox/{waiting.public_id}/drop").status_code == 303
    assert submit(visitor, f"/admin/outbox/{waiting.public_id}/drop").status_code == 404
    assert office.states(alice) == [("skipped", "given_up")]
    trace = read(visitor.get(f"/admin/sent/{sent.message}?user={carol.name}").text).one("main").text
    assert "to c…@example.com" in trace
