"""A job told from inside: what the server gets, and what the job does not have to care about."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

import pytest

from notifier.client import session as sessions
from notifier.client.answers import NotReached, RefusedByServer
from notifier.client.session import Session
from tests.waiting import eventually

EXISTS = {"status": 409, "code": "session_exists", "detail": "There is one."}
OVER = {"status": 409, "code": "session_over", "detail": "It is over."}
BUSY = {"status": 503, "code": "busy", "detail": "Later."}
GONE = {"status": 401, "code": "token_revoked", "detail": "Signed out."}


class Server:
    """Takes what is posted; `answers` are what it does instead, one for each of the next posts, None for doing it."""

    def __init__(self, *answers: Exception | None) -> None:
        self.made: list[Mapping[str, Any]] = []
        self.told: list[Mapping[str, Any]] = []
        self.told_at: list[float] = []
        self.away = False
        self.posts = 0
        self._answers = list(answers)
        self._lock = threading.Lock()

    def post(self, path: str, body: Mapping[str, Any]) -> object:
        with self._lock:
            self.posts += 1
            if self.away:
                raise NotReached("nobody there")
            answer = self._answers.pop(0) if self._answers else None
            if answer is not None:
                raise answer
            if path == "/api/sessions":
                self.made.append(body)
            else:
                assert path == f"/api/sessions/{self.made[-1]['id'] if self.made else path.split('/')[3]}/status"
                self.told.append(dict(body))
                self.told_at.append(time.monotonic())
            return {}

    def session(self, *, pulse: float | None = None, patience: float = 5.0, **fields: Any) -> Session:
        return Session(self.post, {"title": "T"} | fields, pulse_seconds=pulse, patience_seconds=patience)

    @property
    def last(self) -> Mapping[str, Any]:
        return self.told[-1]


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with patch.multiple(sessions, _BETWEEN_SECONDS=0.05, _FIRST_WAIT=0.02, _LONGEST_WAIT=0.05):
        yield


def test_it_is_made_and_ends_with_its_block() -> None:
    server = Server()
    with server.session(owner="alice") as session:
        assert server.made == [{"title": "T", "owner": "alice", "id": session.id}]

    assert server.last == {"status": "processed", "progress": 100}
    assert session.trouble is None


def test_an_id_of_one_s_own_is_kept() -> None:
    server = Server()
    with server.session(id="job-7") as session:
        pass

    assert (session.id, server.made[0]["id"]) == ("job-7", "job-7")


def test_what_is_reported_is_told() -> None:
    server = Server()
    with server.session() as session:
        session.report(45.9, "second pass")
        eventually(lambda: server.told and server.last == {"status": "processing", "progress": 45, "message": "second pass"})
        session.report(message="third pass", status="merging")
        eventually(lambda: server.last == {"status": "merging", "progress": 45, "message": "third pass"})


def test_of_many_reports_the_last_one_is_told_and_few_others() -> None:
    server = Server()
    with server.session() as session:
        for percent in range(101):
            session.report(percent)
        eventually(lambda: server.told and server.last["progress"] == 100)

    assert len(server.told) <= 4


def wait_until_told(server: Server, percent: int) -> None:
    eventually(lambda: server.told and server.last["progress"] == percent)


def test_reports_are_told_at_intervals() -> None:
    server = Server()
    with server.session() as session:
        for percent in range(0, 101, 10):
            session.report(percent)
            wait_until_told(server, percent)

    pauses = [later - earlier for earlier, later in zip(server.told_at, server.told_at[1:-1], strict=False)]
    assert min(pauses) >= 0.045


def test_a_block_that_raises_has_failed_and_raises() -> None:
    server = Server()
    with pytest.raises(RuntimeError), server.session() as session:
        session.report(45)
        raise RuntimeError("the disk\x00 is full")

    assert server.last == {"status": "failed", "progress": 45, "error": "the disk  is full"}


def test_an_exception_without_words_is_named() -> None:
    server = Server()
    with pytest.raises(KeyboardInterrupt), server.session():
        raise KeyboardInterrupt

    assert server.last["error"] == "KeyboardInterrupt"


def test_a_job_may_fail_without_raising_and_nothing_after_that_counts() -> None:
    server = Server()
    with server.session() as session:
        session.fail("exit code 3")
        session.report(99)

    assert (server.last["status"], server.last["error"], server.last["progress"]) == ("failed", "exit code 3", 0)


@pytest.mark.parametrize("progress", [-1, 101, float("nan")])
def test_progress_is_in_percent(progress: float) -> None:
    with pytest.raises(ValueError, match="percent"), Server().session() as session:
        session.report(progress)


def test_what_is_refused_at_the_start_is_raised_before_the_job_begins() -> None:
    with pytest.raises(RefusedByServer, match="Signed out"), Server(RefusedByServer(GONE)).session():
        pytest.fail("the job began")


def test_what_is_refused_later_does_not_disturb_the_job() -> None:
    server = Server(None, RefusedByServer(GONE))
    with server.session() as session:
        eventually(lambda: session.trouble)
        session.report(45)

    assert (session.trouble, server.told) == ("Signed out.", [])


def test_a_server_that_is_away_at_the_start_is_told_when_it_comes() -> None:
    server = Server()
    server.away = True
    with server.session() as session:
        session.report(45)
        eventually(lambda: server.posts > 3)
        server.away = False
        eventually(lambda: server.told and server.last["progress"] == 45)

    assert len(server.made) == 1


def wait_for_a_post(server: Server, after: int) -> None:
    eventually(lambda: server.posts > after)


def test_a_server_that_is_away_in_the_middle_gets_the_latest_state() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.told)
        server.away = True
        for percent in (10, 20, 30):
            session.report(percent)
            wait_for_a_post(server, server.posts)
        server.away = False
        eventually(lambda: server.last["progress"] == 30)

    assert [state["progress"] for state in server.told] == [0, 30, 100]


def test_a_server_that_is_away_at_the_end_is_waited_for() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.told)
        server.away = True
        threading.Timer(0.2, setattr, (server, "away", False)).start()

    assert (server.last["status"], session.trouble) == ("processed", None)


def test_but_not_for_ever() -> None:
    server = Server()
    with server.session(patience=0.2) as session:
        eventually(lambda: server.told)
        server.away = True

    assert session.trouble == "nobody there"


def test_one_that_was_made_without_an_answer_is_not_made_again() -> None:
    server = Server(NotReached("no answer"), RefusedByServer(EXISTS))
    with server.session() as session:
        pass

    assert (session.trouble, server.last["status"]) == (None, "processed")


def test_one_that_somebody_else_made_is_refused() -> None:
    with pytest.raises(RefusedByServer, match="There is one"), Server(RefusedByServer(EXISTS)).session(id="job-7"):
        pytest.fail("the job began")


def test_an_end_that_was_told_without_an_answer_is_told() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.told)
        server._answers = [NotReached("no answer"), RefusedByServer(OVER)]

    assert session.trouble is None


def test_one_that_somebody_else_ended_is_trouble() -> None:
    server = Server(None, RefusedByServer(OVER))
    with server.session() as session:
        eventually(lambda: session.trouble)

    assert session.trouble == "It is over."


def test_a_busy_server_is_tried_again() -> None:
    server = Server(RefusedByServer(BUSY), None, RefusedByServer(BUSY))
    with server.session() as session:
        eventually(lambda: server.told)

    assert (len(server.made), session.trouble) == (1, None)


def test_with_a_pulse_it_speaks_while_nothing_is_reported() -> None:
    server = Server()
    with server.session(pulse=0.05):
        eventually(lambda: len(server.told) >= 3)

    assert {state["progress"] for state in server.told[:-1]} == {0}


def test_without_one_it_is_silent() -> None:
    server = Server()
    with server.session() as session:
        eventually(lambda: server.told)
        session._thread.join(0.3)
        assert len(server.told) == 1
