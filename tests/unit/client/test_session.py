"""`Session` of the client: what the server gets, and that the job neither waits nor fails for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from notifier.client import session as sessions
from notifier.client.answers import NotReached, RefusedByServer
from tests.unit.client.recording_server import Server
from tests.waiting import eventually

EXISTS = {"status": 409, "code": "session_exists", "detail": "There is one."}
OVER = {"status": 409, "code": "session_over", "detail": "It is over."}
BUSY = {"status": 503, "code": "busy", "detail": "Later."}
GONE = {"status": 401, "code": "token_revoked", "detail": "Signed out."}


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with patch.multiple(sessions, _MIN_INTERVAL_SECONDS=0.05, _FIRST_WAIT=0.02, _LONGEST_WAIT=0.05):
        yield


def test_session_begins_and_ends_with_its_block() -> None:
    server = Server()
    with server.session(owner="alice") as session:
        assert server.created == [{"title": "T", "owner": "alice", "id": session.id}]

    assert server.last == {"status": "processed", "progress": 100}
    assert session.problem is None


def test_given_id_is_kept() -> None:
    server = Server()
    with server.session(id="job-7") as session:
        pass

    assert (session.id, server.created[0]["id"]) == ("job-7", "job-7")


def test_reports_are_sent() -> None:
    server = Server()
    with server.session() as session:
        session.report(45.9, "second pass")
        eventually(lambda: server.received and server.last == {"status": "processing", "progress": 45, "message": "second pass"})
        session.report(message="third pass", status="merging")
        eventually(lambda: server.last == {"status": "merging", "progress": 45, "message": "third pass"})


def test_of_many_reports_the_last_and_few_others_are_sent() -> None:
    server = Server()
    with server.session() as session:
        for percent in range(101):
            session.report(percent)
        eventually(lambda: server.received and server.last["progress"] == 100)

    assert len(server.received) <= 4


def wait_until_received(server: Server, percent: int) -> None:
    eventually(lambda: server.received and server.last["progress"] == percent)


def test_reports_are_sent_at_intervals() -> None:
    server = Server()
    with server.session() as session:
        for percent in range(0, 101, 10):
            session.report(percent)
            wait_until_received(server, percent)

    pauses = [later - earlier for earlier, later in zip(server.received_at, server.received_at[1:-1], strict=False)]
    assert min(pauses) >= 0.045


def test_block_that_raises_has_failed() -> None:
    server = Server()
    with pytest.raises(RuntimeError), server.session() as session:
        session.report(45)
        raise RuntimeError("the disk\x00 is full")

    assert server.last == {"status": "failed", "progress": 45, "error": "the disk  is full"}


def test_exception_without_text_is_named() -> None:
    server = Server()
    with pytest.raises(KeyboardInterrupt), server.session():
        raise KeyboardInterrupt

    assert server.last["error"] == "KeyboardInterrupt"


def test_reports_after_fail_are_ignored() -> None:
    server = Server()
    with server.session() as session:
        session.fail("exit code 3")
        session.report(99)

    assert (server.last["status"], server.last["error"], server.last["progress"]) == ("failed", "exit code 3", 0)


@pytest.mark.parametrize("progress", [-1, 101, float("nan")])
def test_progress_outside_0_to_100_is_rejected(progress: float) -> None:
    with pytest.raises(ValueError, match="percent"), Server().session() as session:
        session.report(progress)


def test_refusal_at_the_start_is_raised_before_the_job_begins() -> None:
    with pytest.raises(RefusedByServer, match="Signed out"), Server(RefusedByServer(GONE)).session():
        pytest.fail("the job began")


def test_later_refusal_does_not_raise_in_the_job() -> None:
    server = Server(None, RefusedByServer(GONE))
    with server.session() as session:
        eventually(lambda: session.problem)
        session.report(45)

    assert (session.problem, server.received) == ("Signed out.", [])


def test_server_away_at_the_start_gets_the_session_when_it_is_back() -> None:
    server = Server()
    server.away = True
    with server.session() as session:
        session.report(45)
        eventually(lambda: server.posts > 3)
        server.away = False
        eventually(lambda: server.received and server.last["progress"] == 45)

    assert len(server.created) == 1


def wait_for_a_post(server: Server, after: int) -> None:
    eventually(lambda: server.posts > after)


def test_server_away_in_between_gets_the_latest_state() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.received)
        server.away = True
        for percent in (10, 20, 30):
            session.report(percent)
            wait_for_a_post(server, server.posts)
        server.away = False
        eventually(lambda: server.last["progress"] == 30)

    assert [state["progress"] for state in server.received] == [0, 30, 100]


def test_end_waits_for_a_server_that_is_away() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.received)
        server.away = True
        threading.Timer(0.2, setattr, (server, "away", False)).start()

    assert (server.last["status"], session.problem) == ("processed", None)


def test_end_waits_no_longer_than_its_patience() -> None:
    server = Server()
    with server.session(patience=0.2) as session:
        eventually(lambda: server.received)
        server.away = True

    assert session.problem == "no connection"


def test_creation_without_an_answer_is_repeated_under_the_same_id() -> None:
    server = Server(NotReached("no answer"))
    with server.session() as session:
        pass

    assert (session.problem, server.last["status"], server.created[0]["id"]) == (None, "processed", session.id)


def test_end_is_bounded_while_a_request_hangs() -> None:
    server, hang = Server(), threading.Event()
    with server.session(patience=0.1) as session:
        eventually(lambda: server.received)
        started = time.monotonic()
        session._send = lambda *_: hang.wait(30)
    hang.set()

    assert session.problem == "the server did not answer in time"
    assert time.monotonic() - started < 5


def test_existing_session_of_another_creator_is_refused() -> None:
    with pytest.raises(RefusedByServer, match="There is one"), Server(RefusedByServer(EXISTS)).session(id="job-7"):
        pytest.fail("the job began")


def test_end_that_arrived_without_an_answer_is_no_problem() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.received)
        server._answers = [NotReached("no answer"), RefusedByServer(OVER)]

    assert session.problem is None


def test_session_ended_elsewhere_is_a_problem() -> None:
    server = Server(None, RefusedByServer(OVER))
    with server.session() as session:
        eventually(lambda: session.problem)

    assert session.problem == "It is over."


def test_busy_server_is_tried_again() -> None:
    server = Server(RefusedByServer(BUSY), None, RefusedByServer(BUSY))
    with server.session() as session:
        eventually(lambda: server.received)

    assert (len(server.created), session.problem) == (1, None)


def test_pulse_repeats_the_state_while_nothing_is_reported() -> None:
    server = Server()
    with server.session(pulse=0.05):
        eventually(lambda: len(server.received) >= 3)

    assert {state["progress"] for state in server.received[:-1]} == {0}


def test_without_pulse_nothing_is_repeated() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.received)
        session._thread.join(0.3)
        assert len(server.received) == 1
