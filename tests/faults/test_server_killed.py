"""kill -9 for the whole server: clients reconnect, and no accepted message is lost or doubled."""

from __future__ import annotations

import threading

import httpx
import pytest

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import STREAM_PATH, Person
from tests.delivery.rows import rows
from tests.site import Site
from tests.sse import Fleet, Stream
from tests.waiting import eventually

PEOPLE = 50
STREAMS_EACH = 4
MISSED = 100


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"STREAM_MAX_PER_USER": STREAMS_EACH}


def test_clients_of_a_killed_server_resume_in_order(site: Site) -> None:
    tokens = [site.person(f"person{number}").token for number in range(PEOPLE)] * STREAMS_EACH
    with Fleet() as before, Fleet() as after:
        before.open(site.url + STREAM_PATH, tokens)
        before.wait(lambda stream: len(stream.events) == 1)
        first = send_elsewhere(site, 1)
        before.wait(lambda stream: ids(stream) == first)
        site.server.kill()
        before.wait(lambda stream: stream.closed)
        missed = send_elsewhere(site, MISSED)
        site.server.restart()
        for token, stream in zip(tokens, before.streams, strict=True):
            after.add(Stream(site.url + STREAM_PATH, token, last_event_id=stream.last_event_id, wait=None))
        after.wait(lambda stream: len(stream.events) >= 1 + MISSED, timeout=20)
        wrong = [stream for stream in after.streams if ids(stream) != missed]
    assert wrong == []


def test_accepted_message_arrives_after_a_kill(site: Site, alice: Person, dana: Person) -> None:
    inbox = alice.inbox()
    inbox.connect()
    accepted: list[str] = []
    senders = [threading.Thread(target=send_until_it_breaks, args=(dana, alice, accepted)) for _ in range(4)]
    for sender in senders:
        sender.start()
    eventually(lambda: len(accepted) > 50)
    site.server.kill()
    for sender in senders:
        sender.join()
    site.server.restart()
    inbox.follow(lambda inbox: inbox.agrees())
    rows(site, alice).assert_counts()
    # Each sender's last message may have been committed without the response reaching it.
    unanswered = set(inbox.state()) - set(accepted)
    assert set(accepted) <= set(inbox.state()) and len(unanswered) <= len(senders)
    assert inbox.resets == 0


def send_elsewhere(site: Site, count: int) -> list[str]:
    """The ids of `count` messages to all users, sent by this process."""
    with site.elsewhere():
        return [send.send(Draft(to="all", title=str(number))).id for number in range(count)]


def send_until_it_breaks(sender: Person, recipient: Person, accepted: list[str]) -> None:
    while True:
        try:
            accepted.append(sender.send(recipient)["id"])
        except httpx.TransportError:
            return


def ids(stream: Stream) -> list[str]:
    return [event.json["id"] for event in stream.events if event.name == "notification"]
