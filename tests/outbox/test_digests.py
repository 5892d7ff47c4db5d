"""Digests: one mail at the user's time, with what is unread by then, and none without news."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from notifier import database
from notifier.models import Attention, Choice, Digest
from notifier.models.columns import now
from notifier.services.messages.send import Draft, send
from notifier.services.preferences import digest_clock
from notifier.services.preferences.digest_times import next_time
from tests.outbox.office import Office
from tests.servers.outbox_worker import OutboxWorker
from tests.waiting import eventually

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/Santiago")
PEOPLE = 100


def test_digest_brings_what_is_unread_by_category(office: Office) -> None:
    videos, alarms = office.category("videos", place=1), office.category("alarms", place=2)
    alice = office.person("alice", time_zone="Europe/Berlin")
    office.choose(alice, videos, "daily")
    office.choose(alice, alarms, "daily")
    office.send(alice, type="videos", title="First video", message="Ready to watch.")
    office.send(alice, type="videos", title="Read one")
    office.read(alice)
    office.send(alice, type="alarms", title="Disk full")
    office.send(alice, type="videos", title="Second video")
    office.send(alice, title="Not in a digest")

    office.work()
    assert office.mails(alice) == []
    office.later(hours=24)
    office.work()

    digest = next(mail for mail in office.server.mails(office.address(alice)) if "unread" in mail.parsed["Subject"])
    assert digest.parsed["Subject"] == "2 unread notifications of the day"
    assert digest.parsed["List-Unsubscribe"] is None, "one link cannot stop two categories"
    text = digest.part("plain")
    assert text.index("Videos") < text.index("Second video") < text.index("Alarms") < text.index("Disk full")
    assert "Read one" not in text
    assert "Not in a digest" not in text


def test_digest_without_news_is_no_mail(office: Office) -> None:
    videos = office.category("videos", email="hourly")
    alice, bob = office.person("alice"), office.person("bob")
    office.send(alice, type="videos")
    office.work()
    office.read(alice)
    office.later(hours=1)
    office.work()

    assert office.mails(alice) == []
    assert office.states(alice) == [("skipped", "read_meanwhile")]
    assert office.states(bob) == []
    assert videos


def test_each_notification_is_in_one_digest(office: Office) -> None:
    office.category("videos", email="hourly")
    alice = office.person("alice")
    for number in range(3):
        office.send(alice, type="videos", title=f"Video {number}")
        office.plan()
        office.later(hours=1)
        office.work()
    office.later(hours=5)
    office.work()

    mails = office.server.mails(office.address(alice))
    assert all("/u/" in mail.parsed["List-Unsubscribe"] and "stop e-mails about Videos" in mail.part("html") for mail in mails)
    assert {mail.parsed["From"] for mail in mails} == {"notifier <notifier@notify.example.com>"}
    texts = [mail.part("plain") for mail in mails]
    assert [[number for number in range(3) if f"Video {number}" in text] for text in texts] == [[0], [1], [2]]


def test_digest_lists_fifty_and_counts_the_rest(office: Office) -> None:
    office.category("videos", email="hourly")
    alice = office.person("alice")
    for number in range(62):
        office.send(alice, type="videos", title=f"Video {number}")
    office.later(hours=1)
    office.work()
    office.later(hours=1)
    office.work()

    (mail,) = office.server.mails(office.address(alice))
    assert mail.parsed["Subject"] == "62 unread notifications of the last hour"
    assert mail.part("plain").count("* Video") == 50
    assert "and 12 more" in mail.part("plain")


def test_change_of_the_clock_moves_a_digest(office: Office) -> None:
    office.category("videos", email="daily")
    alice = office.person("alice", time_zone="Europe/Berlin")
    office.send(alice, type="videos")
    office.plan()
    before = next_at(alice.id)
    with database.write() as transaction:
        transaction.execute(insert(Attention).values(user_id=alice.id, quiet_days=[], digest_time="18:30", digest_day=0))
        digest_clock.reschedule(transaction, alice.id)

    local = next_at(alice.id).astimezone(ZoneInfo("Europe/Berlin"))
    assert before.astimezone(ZoneInfo("Europe/Berlin")).hour == 8
    assert (local.hour, local.minute) == (18, 30)


def test_digest_waits_for_the_end_of_a_pause(office: Office) -> None:
    office.category("videos", email="hourly")
    alice = office.person("alice")
    office.send(alice, type="videos")
    office.plan()
    pause = {"quiet_days": [], "paused_until": now() + timedelta(hours=3), "digest_time": "08:00", "digest_day": 0}
    with database.write() as transaction:
        transaction.execute(insert(Attention).values(user_id=alice.id, **pause))
    office.later(hours=1)
    office.work()
    assert office.mails(alice) == []

    office.later(hours=2, minutes=1)
    office.work()
    assert len(office.mails(alice)) == 1


@pytest.mark.slow
def test_two_processes_send_one_digest_at_eight_over_a_clock_change(office: Office, tmp_path: Path) -> None:
    """The evening before the clocks of Berlin change. Every second person has no news."""
    evening = datetime(2027, 3, 27, 19, tzinfo=UTC)
    videos = office.category("videos")
    crowds = {zone: office.crowd(PEOPLE // len(ZONES), time_zone=zone) for zone in ZONES}
    users = [id for crowd in crowds.values() for id in crowd.emails]
    with database.write() as transaction:
        choice = {"category_id": videos, "channel": "email", "value": "daily", "changed_at": now()}
        transaction.execute(insert(Choice), [choice | {"user_id": id} for id in users])
    for crowd in crowds.values():
        send(Draft(to=crowd.to, type="videos", title="Rendered"))
    office.plan_at(evening)
    without_news = {id for place, id in enumerate(users) if place % 2}
    office.read_by_id(without_news)

    for zone, crowd in crowds.items():
        due = {next_at(id) for id in crowd.emails}
        (local,) = {one.astimezone(ZoneInfo(zone)) for one in due}
        assert (local.hour, local.minute) == (8, 0)
        assert evening < local <= evening + timedelta(days=1)
    for zone, crowd in crowds.items():
        with database.write() as transaction:
            last = next_time("daily", ZoneInfo(zone), time(8), 0, now() - timedelta(days=1))
            transaction.execute(update(Digest).where(Digest.user_id.in_(crowd.emails)).values(next_at=last))

    first = OutboxWorker(office.environment(), tmp_path / "first.log", alone=False)
    with first, OutboxWorker(office.environment(), tmp_path / "second.log", alone=False):
        eventually(lambda: Counter(row.state for row in office.deliveries()) == {"sent": PEOPLE // 2, "skipped": PEOPLE // 2}, within=60)
    for crowd in crowds.values():
        addresses = [crowd.emails[id] for id in crowd.emails if id not in without_news]
        assert Counter(mail.to for mail in office.server.mails() if mail.to in crowd.emails.values()) == dict.fromkeys(addresses, 1)


def next_at(user_id: int) -> datetime:
    with database.read() as connection:
        found = connection.scalar(select(Digest.next_at).where(Digest.user_id == user_id))
    assert found is not None
    return found
