"""Telling other processes which streams are open here: what came and went, backlogs, signs of life; and ending one for an admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from notifier import database
from notifier.errors import NotFound
from notifier.models import Process, StreamVisit
from notifier.models.columns import now
from notifier.realtime.hub import Hub
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.hints import stream_server
from notifier.services.streams import connections, presence
from tests.unit.realtime.viewer import Viewer

Ear = Callable[..., Viewer]


@pytest.fixture
def alice(app: Flask) -> Account:
    return users.create_user("alice", "correct horse battery")


@pytest.fixture
def hub(app: Flask) -> Hub:
    return stream_server().hub


@pytest.fixture
def ear(hub: Hub, alice: Account) -> Iterator[Ear]:
    """Opens a stream of alice's from the cursor `seq` on."""
    with ExitStack() as opened:

        def listen(seq: int = 3) -> Viewer:
            viewer = Viewer(hub, alice.id, seq)
            opened.callback(viewer.close)
            viewer.connection.started = True
            return viewer

        yield listen


def visits() -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(StreamVisit.__table__).order_by(StreamVisit.id)))


def processes() -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(Process.__table__).order_by(Process.id)))


def tell() -> None:
    while presence.step():
        pass


def test_streams_that_were_open_before_the_first_time_are_told_of_too(hub: Hub, ear: Ear) -> None:
    alices = ear(3)
    tell()

    assert [(visit.user_id, visit.from_seq, visit.closed_at) for visit in visits()] == [(alices.connection.user_id, 3, None)]


def test_a_stream_is_told_of_when_it_comes_and_when_it_goes(hub: Hub, ear: Ear) -> None:
    tell()
    alices = ear(3)
    tell()
    assert connections.listing(limit=10).count == 1
    alices.connection.seq = 5
    alices.connection.close("gone")
    tell()

    (visit,) = visits()
    assert (visit.from_seq, visit.to_seq, visit.reason) == (3, 5, "gone")
    assert visit.opened_at <= visit.closed_at
    assert connections.listing(limit=10).count == 0


def test_one_that_comes_and_goes_between_is_told_whole(hub: Hub, ear: Ear) -> None:
    tell()
    ear(3).connection.close("gone")
    tell()

    assert [(visit.from_seq, visit.to_seq) for visit in visits()] == [(3, 3)]


def test_without_news_nothing_is_committed(hub: Hub, ear: Ear) -> None:
    ear(3)
    tell()
    commits = database.Commits()
    commits.happened()
    presence.step()

    assert not commits.happened()


def test_a_backlog_is_told_while_it_lasts(hub: Hub, ear: Ear) -> None:
    alices = ear(3)
    tell()
    alices.fill()
    tell()
    assert connections.listing(limit=1).rows[0].backlog == alices.waiting > 0
    while alices.waiting:
        alices.read()
        alices.connection.flush()
    tell()

    assert connections.listing(limit=1).rows[0].backlog == 0


def test_one_that_an_admin_ends_says_so_and_no_other_ends(hub: Hub, ear: Ear) -> None:
    ears = [ear(3) for _ in range(3)]
    tell()
    connections.end(visits()[1].id)
    tell()

    assert [each.connection.socket is None for each in ears] == [False, True, False]
    assert ears[1].lines == ["bye rotated"]
    presence.step()
    assert visits()[1].reason == "rotated"


def test_one_that_has_ended_cannot_be_ended(hub: Hub, ear: Ear) -> None:
    tell()
    ear(3).connection.close("gone")
    tell()
    with pytest.raises(NotFound):
        connections.end(visits()[0].id)


def test_what_cannot_be_told_now_is_told_later(hub: Hub, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    tell()
    ear(3)

    def fail(*_: object) -> None:
        raise OSError("no database")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="no database"):
        broken.setattr(presence, "_write", fail)
        presence.step()
    assert visits() == []
    tell()

    assert len(visits()) == 1


def test_a_process_that_lost_count_begins_anew(hub: Hub, ear: Ear) -> None:
    ear(3)
    tell()
    assert hub.connection_log is not None
    hub.connection_log.lost = True
    tell()

    first, second = processes()
    assert first.ended_at is not None and second.ended_at is None
    assert [visit.process_id for visit in visits()] == [first.id, second.id]
    assert connections.listing(limit=10).count == 1


def test_a_process_that_was_given_up_and_lives_begins_anew(hub: Hub, ear: Ear) -> None:
    ear(3)
    tell()
    with database.write() as transaction:
        transaction.execute(update(Process).values(seen_at=now() - presence.GIVEN_UP_AFTER - timedelta(seconds=1)))
    presence.forget_step()
    assert connections.listing(limit=10).count == 0
    ear(4)
    tell()
    tell()

    assert connections.listing(limit=10).count == 2


def test_the_visits_of_a_process_that_was_killed_end_when_it_was_last_heard_of(hub: Hub, ear: Ear) -> None:
    ear(3)
    tell()
    last = now() - presence.GIVEN_UP_AFTER - timedelta(seconds=1)
    with database.write() as transaction:
        transaction.execute(update(Process).values(seen_at=last))
    presence.forget_step()

    (visit,) = visits()
    assert (visit.closed_at, visit.reason, visit.to_seq) == (last, "lost", None)


def test_saying_goodbye_tells_all_and_ends_the_process(hub: Hub, ear: Ear) -> None:
    ear(3)
    tell()
    hub.drain()
    presence.say_goodbye()

    assert [visit.reason for visit in visits()] == ["shutdown"]
    assert processes()[0].ended_at is not None


def test_what_is_long_over_is_forgotten(hub: Hub, ear: Ear) -> None:
    ear(3).connection.close("gone")
    ear(3)
    tell()
    tell()
    long_ago = now() - presence.KEPT - timedelta(minutes=1)
    with database.write() as transaction:
        transaction.execute(update(StreamVisit).where(StreamVisit.closed_at.is_not(None)).values(closed_at=long_ago))
    presence.forget_step()

    assert all(visit.closed_at is None for visit in visits())
