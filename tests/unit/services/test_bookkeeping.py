"""What is only recorded: it delays and fails nothing."""

from __future__ import annotations

import logging

import pytest
from flask import Flask, current_app
from gevent import monkey
from gevent.event import Event

from notifier.errors import Unavailable
from notifier.services import bookkeeping
from tests.unit.realtime.greenlets import until


@pytest.fixture(autouse=True, params=[True, False], ids=["greenlets", "threads"])
def patched(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(monkey, "is_module_patched", lambda _: request.param)


def refuse() -> None:
    raise Unavailable("The database takes no writes.")


def test_a_record_is_written_before_the_caller_goes_on() -> None:
    written = []
    app = Flask("of the caller")

    with app.app_context():
        bookkeeping.record("a click", lambda: written.append(current_app.name))

    assert written == ["of the caller"]


def test_a_database_that_takes_no_writes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with Flask(__name__).app_context(), caplog.at_level(logging.WARNING):
        bookkeeping.record("a click", refuse)

    assert caplog.messages == ["a click is not recorded: The database takes no writes."]


def test_other_errors_are_raised() -> None:
    with Flask(__name__).app_context(), pytest.raises(ZeroDivisionError):
        bookkeeping.record("a click", lambda: 1 // 0)


@pytest.mark.parametrize("patched", [True], indirect=True)
def test_a_locked_database_is_waited_for_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookkeeping, "_MAX_WAIT_SECONDS", 0.01)
    released, written = Event(), []

    with Flask(__name__).app_context():
        bookkeeping.record("a click", lambda: written.append(released.wait()))
    assert written == []
    released.set()

    until(lambda: written)


@pytest.mark.parametrize("patched", [True], indirect=True)
def test_an_error_in_the_background_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(bookkeeping, "_MAX_WAIT_SECONDS", 0.01)
    goes_on = Event()

    with Flask(__name__).app_context():
        bookkeeping.record("a click", lambda: goes_on.wait() and 1 // 0)
    goes_on.set()

    until(lambda: bool(caplog.records))
    assert "ZeroDivisionError" in caplog.text
