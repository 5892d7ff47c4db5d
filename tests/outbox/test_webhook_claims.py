"""Claims of calls of webhooks: one process at a time, and nothing is lost by one that dies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask

from notifier.services.outbox import webhook_calls
from tests.outbox.hooks import later, ping, states, work
from tests.outbox.receiver import Receiver
from tests.servers.notifier import PREFIX
from tests.servers.outbox_worker import SENDERS, OutboxWorker
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("hooked_app")


def test_what_a_killed_process_had_claimed_is_sent_again(receiver: Receiver) -> None:
    ping(receiver)
    claimed, more = webhook_calls.Calls().claim(1)
    assert len(claimed) == 1 and not more
    assert webhook_calls.Calls().claim(1) == ([], False)
    later(webhook_calls.CALL_LEASE)
    work()

    assert len(receiver.calls) == 1 and states() == [("sent", 2)]


def test_a_claim_knows_whether_others_are_due(receiver: Receiver) -> None:
    for _ in range(6):
        ping(receiver)
    claims = [webhook_calls.Calls().claim(most) for most in (1, 3, 2, 4)]
    assert [(len(claimed), more) for claimed, more in claims] == [(1, True), (3, True), (2, False), (0, False)]


def test_a_process_that_is_killed_in_a_call_makes_it_again(receiver: Receiver, hooked_app: Flask, tmp_path: Path) -> None:
    receiver.answering.clear()
    with OutboxWorker(environment(hooked_app), tmp_path / "log") as worker:
        ping(receiver)
        eventually(lambda: len(receiver.calls) == 1, within=20)
        worker.kill()
        receiver.answering.set()
        assert states() == [("waiting", 1)]
        later(webhook_calls.CALL_LEASE)
        eventually(lambda: states() == [("sent", 2)], within=20)

    assert [call.id for call in receiver.calls] == [receiver.calls[0].id] * 2


def test_a_process_makes_as_many_calls_at_once_as_it_has_senders(receiver: Receiver, hooked_app: Flask, tmp_path: Path) -> None:
    for _ in range(10):
        ping(receiver)
    receiver.answering.clear()
    with OutboxWorker(environment(hooked_app), tmp_path / "log"):
        eventually(lambda: len(receiver.calls) == SENDERS, within=20)
        receiver.answering.set()
        eventually(lambda: states() == [("sent", 1)] * 10, within=20)

    assert receiver.most == SENDERS


def environment(app: Flask) -> dict[str, str]:
    """Of a process with the settings of `app`."""
    names = ("DATABASE_URL", "SECRET_KEY", "PUBLIC_URL", "ALLOW_PRIVATE_TARGETS")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return inherited | {PREFIX + name: str(app.config[name]) for name in names}
