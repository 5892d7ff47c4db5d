"""Hints from other processes through Redis.

The server does not poll the database in these tests, so every delivery is caused by a hint.
"""

from __future__ import annotations

import time

import pytest

from notifier.models.notification import Status
from notifier.services.accounts import groups, users
from notifier.services.inbox import inbox
from notifier.services.messages import send
from notifier.services.messages.send import Draft
from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move, NewSession
from tests.api_client import Person
from tests.crowd import crowd
from tests.servers import Redis
from tests.site import Site
from tests.waiting import eventually

pytestmark = pytest.mark.redis

# A hint takes milliseconds; the margin is for slow test machines.
AT_ONCE = 0.7


@pytest.fixture(scope="module")
def settings(redis: Redis) -> dict[str, object]:
    return {"REDIS_URL": redis.url, "LOOK_SECONDS": 3600}


@pytest.fixture(autouse=True)
def _heard(site: Site) -> None:
    eventually(lambda: site.server.metric("notifier_bus_up") == 1)


def channels(redis: Redis) -> set[str]:
    """The channels that have subscribers."""
    return {channel.decode() for channel in redis.command("PUBSUB", "CHANNELS", "notifications:*")}


def test_message_of_another_process_arrives_at_once(site: Site, alice: Person, bob: Person) -> None:
    streams = [alice.connected(), bob.connected()]
    with site.elsewhere():
        sent = send.send(Draft(to=[alice.address, bob.address], title="from a worker"))
    assert [stream.until("notification", timeout=AT_ONCE).json["id"] for stream in streams] == [sent.id] * 2


def test_change_by_another_process_arrives_at_once(site: Site, alice: Person, dana: Person) -> None:
    sent = dana.send(alice)["id"]
    stream = alice.connected()
    with site.elsewhere():
        inbox.set_status(users.by_name(alice.name).id, sent, Status.ARCHIVED)
    assert stream.until("state", timeout=AT_ONCE).json["changed"] == [{"id": sent, "status": "archived"}]


def test_broadcast_of_another_process_arrives_at_once(site: Site, alice: Person) -> None:
    many = crowd(site, 300)
    with site.elsewhere():
        groups.add(many.address.removeprefix("group:"), alice.name)
    stream = alice.connected()
    with site.elsewhere():
        sent = send.send(Draft(to=many.address, title="to all of you"))
    assert sent.recipients == 301
    assert stream.until("notification", timeout=AT_ONCE).json["id"] == sent.id


def test_message_sent_right_after_connecting_arrives_at_once(site: Site, alice: Person) -> None:
    with site.elsewhere():
        for number in range(20):
            stream = alice.connected()
            sent = send.send(Draft(to=alice.address, title=str(number)))
            assert stream.until("notification", timeout=AT_ONCE).json["id"] == sent.id
            stream.close()


def test_sign_out_in_another_process_closes_streams_at_once(site: Site, alice: Person) -> None:
    stream = alice.connected()
    with site.elsewhere():
        users.set_disabled(alice.name, True)
    assert stream.until("bye", timeout=AT_ONCE).json["reason"] == "revoked"


def test_progress_from_another_process_arrives_at_once(site: Site, alice: Person) -> None:
    worker = Viewer(None, False, "local")
    with site.elsewhere():
        job = sessions.create(NewSession(title="Transcode", owner=alice.name), creator=worker.sender)
        stream, own = alice.stream(f"/api/sessions/{job}/status/stream"), alice.connected()
        for each in (stream, own):
            each.until("progress")
        sessions.move(job, Move(status="working", progress=40), worker)
        assert stream.until("progress", timeout=AT_ONCE).json["progress"] == 40
        assert own.until("progress", timeout=AT_ONCE).json["progress"] == 40
        sessions.move(job, Move(status="processed"), worker)
    assert stream.until("complete", timeout=AT_ONCE).json["progress"] == 100


def test_only_watched_topics_are_subscribed(site: Site, redis: Redis, alice: Person, bob: Person) -> None:
    before = channels(redis)
    first, second, bobs = alice.connected(), alice.connected(), bob.connected()
    with site.elsewhere():
        hers, his = (f"notifications:{users.by_name(person.name).id}" for person in (alice, bob))
    eventually(lambda: channels(redis) == before | {hers, his})

    first.close()
    bobs.close()
    eventually(lambda: channels(redis) == before | {hers})

    second.close()
    eventually(lambda: channels(redis) == before)


def test_own_hints_are_not_received_from_the_bus(site: Site, redis: Redis, alice: Person, dana: Person) -> None:
    stream = alice.connected()
    start = time.monotonic()
    dana.send(alice)
    stream.until("notification", timeout=AT_ONCE)
    assert time.monotonic() - start < AT_ONCE
    assert stream.read_for(0.2) == []


@pytest.mark.parametrize(
    "said",
    [b"", b"hello", b"\xff\xfe\x00", b"deadbee", b"deadbeef \x00", b"DEADBEEF", b'{"seq":1e30}', b"deadbeef\n", b"x" * 200_000],
    ids=lambda said: repr(said[:12]),
)
@pytest.mark.parametrize("wide", [False, True], ids=["to-one", "to-all"])
def test_invalid_hint_is_counted_and_skipped(site: Site, redis: Redis, alice: Person, said: bytes, wide: bool) -> None:
    stream = alice.connected()
    with site.elsewhere():
        channel = "notifications:wide" if wide else f"notifications:{users.by_name(alice.name).id}"
    before = site.server.metric("notifier_bus_ignored_total")
    assert eventually(lambda: redis.command("PUBLISH", channel, said)) == 1
    eventually(lambda: site.server.metric("notifier_bus_ignored_total") == before + 1)
    with site.elsewhere():
        sent = send.send(Draft(to=alice.address, title="still heard"))
    assert stream.until("notification", timeout=AT_ONCE).json["id"] == sent.id


def publish(redis: Redis, channel: str, message: str) -> None:
    """Publish `message` and return when a subscriber has received it."""
    eventually(lambda: redis.command("PUBLISH", channel, message))


@pytest.mark.security("S58")
def test_forged_hint_shows_nothing(site: Site, redis: Redis, alice: Person) -> None:
    stream = alice.connected()
    with site.elsewhere():
        number = users.by_name(alice.name).id
    for channel, said in (
        (f"notifications:{number}", "deadbeef"),
        ("notifications:wide", f"deadbeef user:{number} user:{10**30} session:x"),
    ):
        publish(redis, channel, said)
    assert stream.read_for(0.3) == []
