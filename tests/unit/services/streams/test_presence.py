"""Presence: the open streams of this process in the database, with backlogs and signs of life.

And ending a stream for an admin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from unittest.mock import patch

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
from tests import statements
from tests.unit.realtime.viewer import Viewer

OpenStream = Callable[..., Viewer]


@pytest.fixture
def alice(app: Flask) -> Account:
    return users.create_user("alice", "correct horse battery")


@pytest.fixture
def hub(app: Flask) -> Hub:
    return stream_server().hub


@pytest.fixture
def open_stream(hub: Hub, alice: Account) -> Iterator[OpenStream]:
    """Open a stream of alice from the cursor `seq` on."""
    with ExitStack() as opened:

        def open_(seq: int = 3) -> Viewer:
            viewer = Viewer(hub, alice.id, seq)
            opened.callback(viewer.close)
            viewer.connection.opening = None
            return viewer

        yield open_


def visits() -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(StreamVisit.__table__).order_by(StreamVisit.id)))


def processes() -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(Process.__table__).order_by(Process.id)))


def write_all() -> None:
    while presence.step():
        pass


def test_streams_that_were_open_before_the_first_step_are_written(hub: Hub, open_stream: OpenStream) -> None:
    alices = open_stream(3)
    write_all()

    assert [(visit.user_id, visit.from_seq, visit.closed_at) for visit in visits()] == [(alices.connection.user_id, 3, None)]


def test_opening_and_closing_of_a_stream_are_written(hub: Hub, open_stream: OpenStream) -> None:
    write_all()
    alices = open_stream(3)
    write_all()
    assert connections.listing(limit=10).count == 1
    alices.connection.seq = 5
    alices.connection.close("gone")
    write_all()

    (visit,) = visits()
    assert (visit.from_seq, visit.to_seq, visit.reason) == (3, 5, "gone")
    assert visit.opened_at <= visit.closed_at
    assert connections.listing(limit=10).count == 0


def test_no_stream_ends_before_it_was_opened(hub: Hub, open_stream: OpenStream) -> None:
    write_all()
    alices = open_stream(3)
    write_all()
    alices.connection.close("gone")
    with patch.object(database, "clock", lambda _: now() - timedelta(minutes=1)):
        write_all()

    (visit,) = visits()
    assert visit.closed_at == visit.opened_at


def test_stream_that_opens_and_closes_between_steps_is_written(hub: Hub, open_stream: OpenStream) -> None:
    write_all()
    open_stream(3).connection.close("gone")
    write_all()

    assert [(visit.from_seq, visit.to_seq) for visit in visits()] == [(3, 3)]


def test_unchanged_streams_are_not_committed(hub: Hub, open_stream: OpenStream) -> None:
    open_stream(3)
    write_all()
    with statements.noted() as executed:
        presence.step()

    assert [sql for sql, _ in executed if not sql.startswith("SELECT")] == []


def test_backlog_is_written_while_it_lasts(hub: Hub, open_stream: OpenStream) -> None:
    alices = open_stream(3)
    write_all()
    alices.fill()
    write_all()
    assert connections.listing(limit=1).rows[0].backlog == alices.waiting > 0
    while alices.waiting:
        alices.read()
        alices.connection.flush()
    write_all()

    assert connections.listing(limit=1).rows[0].backlog == 0


def test_stream_ended_by_an_admin_gets_a_bye_and_others_stay_open(hub: Hub, open_stream: OpenStream) -> None:
    viewers = [open_stream(3) for _ in range(3)]
    write_all()
    connections.end(visits()[1].id)
    write_all()

    assert [each.connection.socket is None for each in viewers] == [False, True, False]
    assert viewers[1].lines == ["bye rotated"]
    presence.step()
    assert visits()[1].reason == "rotated"


def test_ended_stream_cannot_be_ended_again(hub: Hub, open_stream: OpenStream) -> None:
    write_all()
    open_stream(3).connection.close("gone")
    write_all()
    with pytest.raises(NotFound):
        connections.end(visits()[0].id)


def test_failed_write_is_repeated_at_the_next_step(hub: Hub, open_stream: OpenStream, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all()
    open_stream(3)

    def fail(*_: object) -> None:
        raise OSError("no database")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="no database"):
        broken.setattr(presence, "_write", fail)
        presence.step()
    assert visits() == []
    write_all()

    assert len(visits()) == 1


def test_process_whose_log_overflowed_writes_a_new_row(hub: Hub, open_stream: OpenStream) -> None:
    open_stream(3)
    write_all()
    assert hub.connection_log is not None
    hub.connection_log.lost = True
    write_all()

    first, second = processes()
    assert first.ended_at is not None and second.ended_at is None
    assert [visit.process_id for visit in visits()] == [first.id, second.id]
    assert connections.listing(limit=10).count == 1


def test_process_that_was_taken_for_dead_writes_a_new_row(hub: Hub, open_stream: OpenStream) -> None:
    open_stream(3)
    write_all()
    with database.write() as transaction:
        transaction.execute(update(Process).values(seen_at=now() - presence.GIVEN_UP_AFTER - timedelta(seconds=1)))
    presence.purge_step()
    assert connections.listing(limit=10).count == 0
    open_stream(4)
    write_all()
    write_all()

    assert connections.listing(limit=10).count == 2


def test_streams_of_a_killed_process_end_at_its_last_sign_of_life(hub: Hub, open_stream: OpenStream) -> None:
    open_stream(3)
    write_all()
    last = now() - presence.GIVEN_UP_AFTER - timedelta(seconds=1)
    with database.write() as transaction:
        transaction.execute(update(Process).values(seen_at=last))
    presence.purge_step()

    (visit,) = visits()
    assert (visit.closed_at, visit.reason, visit.to_seq) == (last, "lost", None)


def test_end_process_writes_the_last_changes_and_ends_the_process(hub: Hub, open_stream: OpenStream) -> None:
    open_stream(3)
    write_all()
    hub.drain()
    presence.end_process()

    assert [visit.reason for visit in visits()] == ["shutdown"]
    assert processes()[0].ended_at is not None


def test_old_visits_are_removed(hub: Hub, open_stream: OpenStream) -> None:
    open_stream(3).connection.close("gone")
    open_stream(3)
    write_all()
    write_all()
    long_ago = now() - presence.VISITS_KEPT - timedelta(minutes=1)
    with database.write() as transaction:
        transaction.execute(update(StreamVisit).where(StreamVisit.closed_at.is_not(None)).values(closed_at=long_ago))
    presence.purge_step()

    assert all(visit.closed_at is None for visit in visits())
