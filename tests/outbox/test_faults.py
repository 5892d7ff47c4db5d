"""Every way in which a mail server can fail, a database that goes away, and clocks that are set back."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy.exc import IntegrityError

from notifier import mail_addresses
from notifier.channels.email import smtp
from notifier.errors import Unavailable
from notifier.services import configured_channels
from notifier.services.outbox import attempts, claims, deliveries, retries, senders
from tests.databases import Databases
from tests.outbox.office import Office

REFUSED = IntegrityError("UPDATE", {}, Exception("refused"))
LAPSED = timedelta(0)


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What a mail server does is the same on both: `test_kills` runs on both."""
    return sqlite_databases


def test_server_that_hangs_or_drops_over_one_mail_delays_only_that(office: Office) -> None:
    hung, dropped, alice = office.person("hung", "hang"), office.person("dropped", "drop"), office.person("alice")
    office.send(hung, dropped, alice)
    office.later(minutes=31)
    with patch.object(smtp, "_TIMEOUT_SECONDS", 0.2):
        office.work()

    assert [office.states(one)[0][0] for one in (hung, dropped, alice)] == ["waiting", "waiting", "sent"]
    assert [office.deliveries(one)[0].attempts for one in (hung, dropped)] == [1, 1]


def test_attempt_is_cut_off_before_its_claim_lapses(office: Office) -> None:
    alice = office.person("alice", "hang")
    office.send(alice)
    office.later(minutes=31)
    with patch.object(attempts, "ATTEMPT_TIMEOUT_SECONDS", 0.1), patch.object(smtp, "_TIMEOUT_SECONDS", 0.5):
        office.work()

    assert office.deliveries(alice)[0].state == "waiting"


@pytest.mark.parametrize("url", ["smtps://127.0.0.1:{port}", "smtp://no-such-host.invalid:25"], ids=["TLS", "DNS"])
def test_wrong_tls_or_name_costs_no_attempt_and_stops_trying(office: Office, url: str) -> None:
    alice, bob = office.person("alice"), office.person("bob")
    office.send(alice, bob)
    office.later(minutes=31)
    wrong = smtp.Connections(mail_addresses.server(url.format(port=office.server.port)), "localhost")
    with patch.object(configured_channels.by_name()["email"], "_connections", wrong), patch.object(smtp, "_TIMEOUT_SECONDS", 1):
        for _ in range(3):
            office.work()
    assert {(row.state, row.attempts) for row in office.deliveries()} == {("waiting", 0)}

    office.try_at_once()
    office.work()
    assert Counter(office.states()) == {("sent", None): 2}


@pytest.mark.parametrize(("failure", "lease"), [(Unavailable("gone"), LAPSED), (REFUSED, claims.CLAIM_LEASE)], ids=["gone", "refused"])
def test_database_gone_between_claim_and_settle_sends_once(office: Office, failure: Exception, lease: timedelta) -> None:
    alice = office.person("alice")
    office.send(alice)
    office.later(minutes=31)
    settle, failures = deliveries.settle, [failure, failure]

    def gone_at_first(*args: object) -> None:
        if failures:
            raise failures.pop()
        settle(*args)  # type: ignore[arg-type]

    at_once = patch.object(senders, "_SETTLE_PAUSE_SECONDS", 0)
    with patch.object(deliveries, "settle", gone_at_first), at_once, patch.object(claims, "CLAIM_LEASE", lease):
        office.work()

    assert office.states(alice) == [("sent", None)]
    assert len(office.mails(alice)) == 1


def test_note_that_the_database_refuses_is_tried_until_its_claim_lapses(office: Office) -> None:
    alice = office.person("alice")
    office.send(alice)
    office.later(minutes=31)

    _fail_to_note(office)
    assert office.states(alice) == [("sending", None)]
    office.work()

    assert office.states(alice) == [("sent", None)]
    first, second = office.server.mails(office.address(alice))
    assert first.id == second.id


def test_delivery_that_can_never_be_noted_is_given_up(office: Office) -> None:
    alice = office.person("alice")
    office.send(alice)
    office.later(minutes=31)

    for _ in range(len(retries.RETRY_MINUTES) + 1):
        _fail_to_note(office)
    office.work()

    assert office.states(alice) == [("given_up", "given_up")]
    assert len(office.mails(alice)) == len(retries.RETRY_MINUTES) + 1


def _fail_to_note(office: Office) -> None:
    with (
        patch.object(deliveries, "settle", side_effect=REFUSED),
        patch.object(claims, "CLAIM_LEASE", LAPSED),
        pytest.raises(IntegrityError),
    ):
        office.work()


def test_note_of_a_sent_mail_wins_over_a_lapsed_claim(office: Office) -> None:
    alice = office.person("alice")
    office.send(alice)
    office.later(minutes=31)
    settle = deliveries.settle

    def late(*args: object) -> None:
        office.later(minutes=2)
        office.plan()
        assert office.states(alice) == [("waiting", None)]
        settle(*args)  # type: ignore[arg-type]

    with patch.object(deliveries, "settle", late):
        office.work()

    assert office.states(alice) == [("sent", None)]
    assert len(office.mails(alice)) == 1


def test_clock_set_back_sends_later_and_once(office: Office) -> None:
    alice = office.person("alice")
    office.send(alice)
    office.later(minutes=31)
    office.plan()
    office.later(hours=-1)
    office.work()
    assert office.states(alice) == [("waiting", None)]

    office.later(hours=1)
    office.work()
    office.later(hours=-1)
    office.work()

    assert len(office.mails(alice)) == 1
    assert office.states(alice) == [("sent", None)]


def test_fault_of_this_program_over_one_mail_delays_only_that(office: Office) -> None:
    alice, bob = office.person("alice"), office.person("bob")
    office.send(alice, title="Broken")
    office.send(bob)
    office.later(minutes=31)
    channel = configured_channels.by_name()["email"]
    write = channel._letters.write  # type: ignore[attr-defined]

    def broken(outgoing: object) -> bytes:
        if outgoing.items[0].title == "Broken":  # type: ignore[attr-defined]
            raise ValueError("broken")
        return bytes(write(outgoing))

    with patch.object(channel._letters, "write", broken):  # type: ignore[attr-defined]
        office.work()

    assert (office.states(alice), office.states(bob)) == ([("waiting", None)], [("sent", None)])
    assert re.match("internal error: ValueError", office.deliveries(alice)[0].answer)
