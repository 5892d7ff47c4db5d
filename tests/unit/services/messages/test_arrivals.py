"""How messages arrive: one decision per recipient, written with the row; nobody without choices pays for those of others."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, insert, select, update

from notifier import database
from notifier.models import Attention, Category, Choice, Message, Mute, Notification
from notifier.models.columns import UtcDateTime, now
from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, snooze
from notifier.services.inbox.filters import Filter
from notifier.services.maintenance import consistency
from notifier.services.messages import arrivals, send, touching, usual_delivery
from notifier.services.messages.send import Draft
from notifier.services.preferences import attention, choices
from notifier.services.preferences.choices import PreferencesChange
from tests.statements import noted

HOUR = timedelta(hours=1)
TO = ["user:alice", "user:bob"]


@pytest.fixture(autouse=True)
def people(app: Flask) -> list[Account]:
    return [users.create_user(name, "correct horse battery") for name in ("alice", "bob", "dana")]


def category(slug: str = "videos", **values: Any) -> int:
    rows = {"slug": slug, "label": slug.capitalize(), "types": [f"{slug}.*"]} | values
    with database.write() as transaction:
        return int(transaction.execute(insert(Category).values(**rows).returning(Category.id)).scalar_one())


def write(table: Any, **values: Any) -> None:
    with database.write() as transaction:
        transaction.execute(insert(table).values(**values))


def sent(sender: str = "local", **fields: Any) -> str:
    return send.send(Draft(**{"to": TO, "title": "Hello", "type": "videos.ready"} | fields), sender=sender).message


def rows(person: Account) -> list[tuple[str, bool, str | None]]:
    """(status, quiet, arrival) of a user's notifications in their order; the stored counts are checked too."""
    assert consistency.problems() == []
    with database.read() as connection:
        found = select(Notification.status, Notification.quiet, Notification.arrival).where(Notification.user_id == person.id)
        return [(row.status, row.quiet, row.arrival) for row in connection.execute(found.order_by(Notification.position))]


LOUD = ("unread", False, None)


def test_without_choices_a_message_is_simply_shown(people: list[Account]) -> None:
    category()
    sent()
    assert [rows(person) for person in people] == [[LOUD], [LOUD], []]


def test_choice_of_one_user_touches_only_their_copy(people: list[Account]) -> None:
    write(Choice, category_id=category(), user_id=people[0].id, channel="in_app", value="off")
    sent()
    sent(type="other")
    assert rows(people[0]) == [("archived", False, "choice_off"), LOUD]
    assert rows(people[1]) == [LOUD, LOUD]
    assert (inbox.head(people[0].id).unread, inbox.head(people[0].id).seq) == (1, 2)


def test_default_of_the_category_is_for_all_but_those_who_chose(people: list[Account]) -> None:
    write(Choice, category_id=category(in_app="off"), user_id=people[1].id, channel="in_app", value="quiet")
    sent(priority="urgent")
    assert [rows(people[0]), rows(people[1])] == [[("archived", False, "default_off")], [("unread", True, None)]]


def test_mutes_by_type_sender_and_thread_archive_what_fits(people: list[Account]) -> None:
    alice, bob, dana = people
    for kind, value in (("type", "info"), ("sender", "dana"), ("thread", "t-1")):
        write(Mute, user_id=alice.id, kind=kind, value=value)
    for fields in ({"type": "info"}, {"sender": dana.sender}, {"thread": "t-1"}, {"related_session_id": "t-1"}, {"thread": "t-2"}):
        sent(**fields)
    sent(thread="t-1", priority="urgent")
    muted = [("archived", False, f"muted_{kind}") for kind in ("type", "sender", "thread", "thread")]
    assert rows(alice) == [*muted, LOUD, LOUD]
    assert rows(bob) == [LOUD] * 6


def test_quiet_hours_pause_and_a_window_that_was_not_rolled_on(people: list[Account]) -> None:
    at = now()
    hours = {"quiet_start": "00:00", "quiet_end": "23:59", "quiet_days": list(range(7))}
    write(Attention, user_id=people[0].id, **hours, quiet_from=at - 48 * HOUR, quiet_until=at - 24 * HOUR)
    write(Attention, user_id=people[1].id, paused_until=at + HOUR)
    sent()
    sent(priority="urgent")
    assert rows(people[0])[1] == rows(people[1])[1] == LOUD
    assert rows(people[1])[0] == ("unread", True, "paused")
    assert rows(people[0])[0] in [("unread", True, "quiet_hours"), LOUD if (at.hour, at.minute) == (23, 59) else None]


NIGHTS = {
    "2026-10-24T12:00": [("2026-10-24T20:00", "2026-10-25T06:00"), ("2026-10-25T21:00", "2026-10-26T06:00")],
    "2027-03-27T12:00": [("2027-03-27T21:00", "2027-03-28T05:00"), ("2027-03-28T20:00", "2027-03-29T05:00")],
}
"""22:00 to 07:00 in Berlin over both clock changes, in UTC: 10, 9, 8 and 9 hours."""


def test_nights_over_clock_changes_are_silent_exactly_inside(people: list[Account], monkeypatch: pytest.MonkeyPatch) -> None:
    alice, clock = people[0], [now()]
    monkeypatch.setattr(database, "clock", lambda _: clock[0])
    given = bindparam("given", type_=UtcDateTime())
    touched, counting = touching.touched(given), usual_delivery.counting(given)
    monkeypatch.setattr(touching, "_TOUCHED", SimpleNamespace(queue=lambda *args, **values: touched.queue(*args, **values, given=clock[0])))
    monkeypatch.setattr(
        usual_delivery, "_COUNT_UP", SimpleNamespace(queue=lambda *args, **values: counting.queue(*args, **values, given=clock[0]))
    )
    hours = {"from": "22:00", "to": "07:00"}
    wanted, minute = [], timedelta(minutes=1)
    for start, nights in NIGHTS.items():
        clock[0] = datetime.fromisoformat(f"{start}+00:00")
        choices.change(alice.id, PreferencesChange.model_validate({"quiet_hours": hours, "time_zone": "Europe/Berlin"}))
        for edges in nights:
            begins, ends = (datetime.fromisoformat(f"{edge}+00:00") for edge in edges)
            for at in (begins - minute, begins, ends - minute, ends):
                clock[0] = at
                if at == ends:  # the scheduler is a second late at all other edges
                    attention.roll_step()
                sent(to="user:alice")
                wanted.append(begins <= at < ends)
        clock[0] = begins
        sent(to="user:alice", priority="urgent")
        wanted.append(False)
    assert [quiet for _, quiet, _ in rows(alice)] == wanted


def test_update_in_place_arrives_as_the_new_message_does(people: list[Account]) -> None:
    alice = people[0]
    sent(collapse_key="k")
    write(Mute, user_id=alice.id, kind="type", value="videos.ready")
    sent(collapse_key="k")
    assert rows(alice) == [("archived", False, "muted_type")]
    assert rows(people[1]) == [LOUD]
    assert inbox.head(alice.id).unread == 0


def test_update_of_a_snoozed_notification_wakes_it(people: list[Account]) -> None:
    alice = people[0]
    snooze.snooze(alice.id, sent(collapse_key="k"), now() + HOUR)
    assert inbox.listing(alice.id, Filter(), limit=5).items == []
    sent(collapse_key="k", title="Again")
    assert [(item.status, item.title) for item in inbox.listing(alice.id, Filter(), limit=5).items] == [("unread", "Again")]
    assert inbox.head(alice.id).unread == 1


def test_more_than_the_bound_per_hour_is_quiet(people: list[Account]) -> None:
    category(loud_per_hour=2)
    for _ in range(3):
        sent()
    sent(to="user:bob", type="other")
    sent(priority="urgent")
    assert rows(people[0]) == [LOUD, LOUD, ("unread", True, "rate_limited"), LOUD]
    assert rows(people[1])[3] == LOUD


def test_retired_category_decides_by_its_default_for_what_was_sent_before(people: list[Account]) -> None:
    id_ = category()
    write(Choice, category_id=id_, user_id=people[0].id, channel="in_app", value="off")
    message = sent()
    with database.write() as transaction:
        transaction.execute(update(Category).where(Category.id == id_).values(retired_at=now()))
    with database.read() as connection:
        facts = arrivals.facts(connection, connection.scalar(select(Message.id).where(Message.public_id == message)) or 0)
        assert arrivals.arrivals(connection, facts, [people[0].id]).of(people[0].id) == arrivals.Arrival()
    sent()
    assert rows(people[0])[1] == LOUD, "its types fit nowhere now"


def test_names_fit_before_patterns_and_long_patterns_before_short() -> None:
    category(types=["videos.*"])
    category("retries", types=["videos.retry.*"])
    category("exact", types=["videos.retry.now"])
    for type_ in ("videos.ready", "videos.retry.soon", "videos.retry.now", "videos", "video"):
        sent(type=type_)
    with database.read() as connection:
        slugs = select(Category.slug).join(Message, Message.category_id == Category.id).order_by(Message.id)
        assert list(connection.scalars(slugs)) == ["videos", "retries", "exact", "other", "other"]


def test_choices_of_nobody_cost_one_statement(people: list[Account]) -> None:
    with noted() as statements:
        sent()
    assert sum("choices" in statement for statement, _ in statements) == 1
    assert sum("FROM mutes" in statement or "FROM attention" in statement for statement, _ in statements) == 1


def test_snoozed_notification_comes_back_on_top_and_unread(people: list[Account]) -> None:
    alice = people[0]
    ids = [sent(title=title) for title in ("one", "two", "three")]
    inbox.set_status(alice.id, ids[1], Status.READ)
    for id_ in ids[:2]:
        snooze.snooze(alice.id, id_, now() + HOUR)
    with database.write() as transaction:
        transaction.execute(update(Notification).where(Notification.status == "snoozed").values(snoozed_until=now() - timedelta(seconds=1)))
    write(Attention, user_id=alice.id, paused_until=now() + HOUR)
    while snooze.wake_step():
        pass
    items = inbox.listing(alice.id, Filter(), limit=5).items
    assert {item.title for item in items[:2]} == {"one", "two"} and items[2].title == "three"
    assert [(item.status, item.quiet) for item in items] == [("unread", True), ("unread", True), ("unread", False)]
    assert rows(people[1]) == [LOUD] * 3
