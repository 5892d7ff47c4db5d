"""Mail beside everything else: a mail server that does not answer delays no page and no stream, and mail works without a server."""

from __future__ import annotations

import signal
import statistics
import sys
import time
from pathlib import Path

import pytest

from notifier.services.accounts import addresses, users
from tests.conftest import Serve
from tests.databases import Databases
from tests.outbox.office import HERE, category
from tests.servers import MailServer
from tests.servers.process import Process
from tests.waiting import eventually

SENT = 40


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


def test_mail_server_that_does_not_answer_delays_no_page_and_no_stream(serve: Serve, own_server: MailServer) -> None:
    site = serve(MAIL_URL=own_server.url, PUBLIC_URL=HERE, MAIL_RATE="off")
    alice, dana = site.person("alice"), site.person("dana", "sender")
    with site.elsewhere():
        category("alarms", email="at_once")
        addresses.set_confirmed(users.by_name(alice.name).id, alice.name, "apart@example.com")
    own_server.freeze()
    stream = alice.connected()
    arrivals, pages = [], []
    for number in range(SENT):
        dana.send(alice, title=f"Alarm {number}", type="alarms")
        answered = time.monotonic()
        arrivals.append(stream.until("notification").at - answered)
        started = time.monotonic()
        assert site.api.get("/login").status_code == 200
        pages.append(time.monotonic() - started)

    assert own_server.mails("apart@example.com") == []
    assert statistics.median(arrivals) < 0.1
    assert statistics.median(pages) < 0.1
    own_server.thaw()
    eventually(lambda: len(own_server.mails("apart@example.com")) == SENT, within=60)
    assert site.server.metric("notifier_deliveries_total", channel="email", outcome="sent") >= 1
    eventually(lambda: site.server.metric("notifier_outbox_waiting", channel="email") == 0)


def test_outbox_runs_without_a_server(serve: Serve, own_server: MailServer, tmp_path: Path) -> None:
    site = serve(MAIL_URL=own_server.url, PUBLIC_URL=HERE, OUTBOX_SENDERS=0)
    alice, dana = site.person("alice"), site.person("dana", "sender")
    with site.elsewhere():
        category("alarms", email="at_once")
        addresses.set_confirmed(users.by_name(alice.name).id, alice.name, "elsewhere@example.com")
    dana.send(alice, title="Alarm", type="alarms")
    eventually(lambda: site.server.metric("notifier_outbox_waiting", channel="email") == 1)

    command = [sys.executable, "-m", "notifier", "outbox", "run"]
    running = Process(command, log=tmp_path / "outbox.log", cwd=tmp_path, env=site.server.environment(), forked=True)
    try:
        eventually(lambda: own_server.mails("elsewhere@example.com"), within=30)
        assert running.end(signal.SIGTERM, 10) is not None
        assert running.exit_code == 0
    finally:
        running.kill()
