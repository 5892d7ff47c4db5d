"""Deleted rows are swept after a week; a client with an older cursor gets `reset`."""

from __future__ import annotations

import pytest

from notifier.models import Notification
from notifier.services.accounts import users
from notifier.services.inbox.changes import IS_DELETED
from notifier.services.messages import retention
from tests.api_client import Person
from tests.delivery.rows import rows
from tests.delivery.test_cursors import assert_reset, cursor
from tests.site import Site
from tests.times import set_back

PATH = "/api/notifications"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"STREAM_MAX_PER_USER": 10}


@pytest.fixture
def head(site: Site, alice: Person, dana: Person) -> str:
    """Alice's cursor at 5: two of three notifications deleted, at 4 and 5, and swept a week later."""
    ids = [dana.send(alice, title=title)["id"] for title in ("one", "two", "three")]
    for id in ids[:2]:
        alice.delete(f"{PATH}/{id}")
    sweep(site, alice, days=7, seconds=1)
    return alice.connected().events[0].id or ""


def sweep(site: Site, person: Person, **ago: float) -> None:
    """Backdate the user's deletions by `ago`, and run the sweep."""
    with site.elsewhere():
        theirs = Notification.user_id == users.by_name(person.name).id
        set_back(site, Notification.changed_at, theirs, IS_DELETED, **ago)
        while retention.sweep_step():
            pass


def test_swept_rows_are_gone(site: Site, alice: Person, head: str) -> None:
    assert [row.title for row in rows(site, alice).notifications] == ["three"]
    assert [item["title"] for item in alice.get(f"{PATH}?status=all").json()] == ["three"]


@pytest.mark.parametrize("seq", range(5))
def test_cursor_from_before_the_deletion_gets_reset(alice: Person, head: str, seq: int) -> None:
    assert_reset(alice.stream(last_event_id=cursor(head, seq)), head)


def test_cursor_from_after_the_deletion_resumes(alice: Person, dana: Person, head: str) -> None:
    stream = alice.stream(last_event_id=head)
    sent = dana.send(alice)["id"]

    assert stream.until("notification").json["id"] == sent
    assert [event.name for event in stream.events] == ["connected", "notification"]


def test_open_stream_continues_during_a_sweep(site: Site, alice: Person, dana: Person) -> None:
    stream = alice.connected()
    alice.delete(f"{PATH}/{dana.send(alice)['id']}")
    stream.until(lambda event: event.json["seq"] == 2)

    sweep(site, alice, days=7, seconds=1)
    sent = dana.send(alice)["id"]

    assert stream.until("notification").json["id"] == sent
    assert "reset" not in [event.name for event in stream.events]


def test_nothing_is_swept_within_a_week(site: Site, alice: Person, dana: Person) -> None:
    start = alice.connected().events[0].id
    alice.delete(f"{PATH}/{dana.send(alice)['id']}")

    sweep(site, alice, days=6, hours=23)

    assert alice.connected(last_event_id=start).next().name == "state"
