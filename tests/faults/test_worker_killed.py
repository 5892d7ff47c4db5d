"""kill -9 for a worker: gunicorn starts another, and its clients reconnect and miss nothing."""

from __future__ import annotations

import os
import signal

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import Person
from tests.site import Site
from tests.waiting import eventually


def kill_worker(site: Site) -> None:
    """Kill the worker, and return when another has started."""
    (worker,) = site.server.workers()
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: site.server.workers() not in ([], [worker]))


def test_clients_of_a_killed_worker_resume_without_loss(site: Site, alice: Person, bob: Person) -> None:
    inboxes = [alice.inbox(), alice.inbox(), bob.inbox()]
    for inbox in inboxes:
        inbox.follow(lambda inbox: inbox.cursor is not None)
    kill_worker(site)
    with site.elsewhere():
        sent = [send.send(Draft(to="all", title=str(number))).id for number in range(20)]
    for inbox in inboxes:
        inbox.follow(lambda inbox: len(inbox.state()) == len(sent))
        assert list(inbox.rows) == sent
        assert inbox.agrees()
        assert (inbox.connects, inbox.resets) == (2, 0)


def test_streams_of_a_killed_worker_are_not_counted(site: Site, alice: Person) -> None:
    streams = [alice.connected(), alice.connected()]
    kill_worker(site)
    assert all(stream.wait_closed() for stream in streams)
    alice.connected()
    assert site.server.metric("sse_connections_total") == 1
