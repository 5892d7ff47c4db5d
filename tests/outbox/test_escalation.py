"""By e-mail only what is still unread: when it is due, to whom, and why not to others."""

from __future__ import annotations

from unittest.mock import patch

from sqlalchemy import update

from notifier import database
from notifier.models import User
from notifier.services.accounts import addresses, users
from notifier.services.accounts.users import Account
from notifier.services.messages import audience_chunks, withdraw
from notifier.services.messages import send as send_service
from notifier.services.outbox import channel_trace, steps
from tests.outbox.office import Office


def test_unread_after_half_an_hour_is_one_mail(office: Office) -> None:
    alice = office.person("alice")
    office.send(alice)

    office.later(minutes=29)
    office.work()
    assert office.mails(alice) == []
    office.later(minutes=2)
    office.work()
    office.later(hours=3)
    office.work()

    assert office.mails(alice) == ["Video Ready!"]
    assert office.states() == [("sent", None)]


def test_read_in_time_is_no_mail_and_no_row(office: Office) -> None:
    alice = office.person("alice")
    sent = office.send(alice)

    office.later(minutes=29)
    office.read(alice)
    office.later(minutes=2)
    office.work()

    assert office.mails(alice) == []
    assert office.states() == []
    (found,) = channel_trace.of(office.message_id(sent), alice.id)
    assert (found.event, found.reason) == ("skipped", "read_meanwhile")


def test_read_after_planning_is_skipped(office: Office) -> None:
    alice, bob = office.person("alice"), office.person("bob")
    office.send(alice, bob)
    office.later(minutes=31)
    office.plan()
    office.read(alice)

    office.work()

    assert office.states(alice) == [("skipped", "read_meanwhile")]
    assert office.mails(alice) == []
    assert office.mails(bob) == ["Video Ready!"]


def test_withdrawn_and_expired_messages_are_not_mailed(office: Office) -> None:
    alice = office.person("alice")
    first = office.send(alice)
    office.send(alice, title="Second")
    office.later(minutes=31)
    office.plan()
    withdraw.withdraw(first.message, None)

    office.work()

    assert office.mails(alice) == ["Second"]
    assert sorted(office.states(alice)) == [("sent", None), ("skipped", "withdrawn")]


def test_choices_decide_when(office: Office) -> None:
    videos = office.category("videos")
    alice, bob, carol, dana = (office.person(name) for name in ("alice", "bob", "carol", "dana"))
    office.choose(alice, videos, "at_once")
    office.choose(bob, videos, "off")
    office.choose(dana, videos, "daily")
    office.send(alice, bob, carol, dana, type="videos")

    office.work()
    assert [len(office.mails(one)) for one in (alice, bob, carol, dana)] == [1, 0, 0, 0]
    office.later(minutes=31)
    office.work()

    assert [len(office.mails(one)) for one in (alice, bob, carol, dana)] == [1, 0, 1, 0]
    assert office.states(bob) == [("skipped", "choice_off")]
    assert office.states(dana) == []


def test_locked_category_ignores_choices(office: Office) -> None:
    alarms = office.category("alarms", locked=True, email="at_once")
    alice = office.person("alice")
    office.choose(alice, alarms, "off")
    office.send(alice, type="alarms")

    office.work()

    (mail,) = office.server.mails(office.address(alice))
    assert mail.parsed["List-Unsubscribe"] is None


def test_wait_minutes_are_the_categorys(office: Office) -> None:
    office.category("slow", wait_minutes=120)
    office.category("fast", wait_minutes=0)
    alice = office.person("alice")
    office.send(alice, type="slow", title="Slow")
    office.send(alice, type="fast", title="Fast")

    office.work()
    assert office.mails(alice) == ["Fast"]
    office.later(minutes=121)
    office.work()

    assert office.mails(alice) == ["Fast", "Slow"]


def test_nothing_goes_to_addresses_that_are_not_confirmed_or_were_refused(office: Office) -> None:
    alice, bob, carol = office.person("alice"), office.person("bob"), users.create_user("carol", "correct horse battery")
    addresses.remove(alice.id)
    sent = office.send(alice, bob, carol)
    office.later(minutes=31)
    office.plan()
    addresses.set_confirmed(bob.id, bob.name, f"other.{bob.name}@example.com")
    office.work()

    assert office.states(alice) == office.states(carol) == []
    assert office.states(bob) == [("skipped", "no_address")]
    assert channel_trace.of(office.message_id(sent), carol.id)[0].reason == "no_address"


def test_address_of_the_host_application_needs_no_confirmation(office: Office) -> None:
    alice = users.create_user("alice-of-host", "correct horse battery")
    refused, good = f"never.{alice.public_id}@example.com", f"{alice.public_id}@example.com"
    give(alice, refused, label="Alice Liddell")
    for number in range(4):
        office.send(alice, title=f"Mail {number}")
        office.later(minutes=31)
        office.work()
    assert office.server.attempts(refused) == 3
    assert addresses.get(alice.id) == addresses.Stored(refused, True, "550 no such user")

    give(alice, good)
    office.send(alice)
    office.later(minutes=31)
    office.work()

    (mail,) = office.server.mails(good)
    assert mail.parsed["To"] == f"Alice Liddell <{good}>"


def give(account: Account, email: str, **values: object) -> None:
    """As a host application does it."""
    with database.write() as transaction:
        transaction.execute(update(User).where(User.id == account.id).values(email=email, **values))


def test_disabled_user_gets_no_mail(office: Office) -> None:
    alice, bob = office.person("alice"), office.person("bob")
    office.send(alice, bob)
    users.set_disabled(alice.name, True)
    office.later(minutes=31)
    office.plan()
    users.set_disabled(bob.name, True)
    office.work()

    assert (office.states(alice), office.states(bob)) == ([], [("skipped", "disabled")])


def test_large_audience_is_planned_in_chunks_after_its_fan_out(office: Office) -> None:
    people = [office.person(f"one{number}") for number in range(5)]
    with patch.object(send_service, "CHUNK_SIZE", 2):
        office.send(*people)
    office.later(minutes=31)
    office.work()
    assert office.deliveries() == []
    while audience_chunks.step():
        pass

    with patch.object(steps, "BATCH_SIZE", 2):
        office.work()

    assert [len(office.mails(one)) for one in people] == [1, 1, 1, 1, 1]
    assert len(office.steps()) == 2


def test_mail_of_an_updated_notification_is_the_new_text_once(office: Office) -> None:
    alice = office.person("alice")
    office.send(alice, title="1 of 2", collapse_key="job")
    office.later(minutes=20)
    office.send(alice, title="2 of 2", collapse_key="job")
    office.later(minutes=20)
    office.work()
    assert office.mails(alice) == []
    office.later(minutes=20)
    office.work()

    assert office.mails(alice) == ["2 of 2"]
