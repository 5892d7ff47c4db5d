"""Races between a commit and its reading, with the critical moment held open.

Polling would repair what falls into these gaps, so here it runs once a minute only. PostgreSQL only: on SQLite nothing yields in these
moments.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from notifier import database
from notifier.local_token import local_token
from notifier.services.inbox import changes
from tests.api_client import Person
from tests.conftest import Serve
from tests.crowd import crowd, holders
from tests.databases import Databases
from tests.servers.notifier import SECRET_KEY
from tests.site import Site
from tests.waiting import eventually

pytestmark = pytest.mark.postgres

NEVER = 60
SOON = 1.5

_LINGER = "BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END"
_AT_COMMIT = "CONSTRAINT TRIGGER linger AFTER INSERT ON notifications DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
_WHEN_WRITTEN = "TRIGGER linger AFTER INSERT ON notifications FOR EACH STATEMENT"


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"LOOK_SECONDS": NEVER}


@contextmanager
def slow_commits(site: Site, when: str = _AT_COMMIT) -> Iterator[None]:
    """Make transactions that insert notifications take 0.2 s to commit.

    Their rows are invisible to others until then.
    """
    with site.elsewhere(), database.write() as transaction:
        transaction.execute(text(f"CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS '{_LINGER}'"))
        transaction.execute(text(f"CREATE {when} EXECUTE FUNCTION linger()"))
    try:
        yield
    finally:
        with site.elsewhere(), database.write() as transaction:
            transaction.execute(text("DROP FUNCTION linger() CASCADE"))


@contextmanager
def feed_held(site: Site) -> Iterator[Connection]:
    """Block the feed's next read after it has taken its snapshot, until the block ends.

    Requests that have to read the user's row block too.
    """
    with site.elsewhere(), database.write() as transaction:
        transaction.execute(text("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE"))
        yield transaction


def waiting(transaction: Connection) -> int:
    return transaction.scalar(text("SELECT count(*) FROM pg_locks WHERE relation = 'installation'::regclass AND NOT granted")) or 0


def test_slow_commit_is_announced_after_it_is_done(site: Site, alice: Person, dana: Person) -> None:
    stream = alice.connected()
    with slow_commits(site):
        sent = [dana.send(alice)["id"]]
        assert [stream.until("notification", timeout=SOON).json["id"]] == sent


@pytest.mark.security("S61")
def test_poll_during_a_commit_loses_nothing(serve: Serve) -> None:
    site = serve(LOOK_SECONDS=0.05)
    alice, dana = site.person("alice"), site.person("dana", "sender")
    stream = alice.connected()
    with slow_commits(site):
        sent = dana.send(alice)["id"]
        assert stream.until("notification", timeout=SOON).json["id"] == sent


def test_change_committed_during_a_read_is_not_lost(site: Site, alice: Person) -> None:
    stream = alice.connected()
    token = local_token(SECRET_KEY)  # a local token: its check reads no row, so the lock does not block it

    def send(title: str) -> None:
        assert site.api.post("/api/notifications", token=token, json={"to": alice.address, "title": title}).status_code == 201

    with feed_held(site) as transaction:
        send("before the read")
        eventually(lambda: waiting(transaction) == 1)
        send("during the read")
    assert [stream.until("notification", timeout=SOON).json["title"] for _ in range(2)] == ["before the read", "during the read"]


@pytest.mark.security("S61")
def test_concurrent_sends_arrive_in_order(site: Site, alice: Person, dana: Person) -> None:
    stream = alice.connected()
    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(lambda number: dana.send(alice, title=str(number)), range(64)))
    arrived = [stream.until("notification", timeout=SOON).json for _ in sent]
    assert [(event["seq"], event["id"]) for event in arrived] == sorted((answer["seq"], answer["id"]) for answer in sent)


def test_stream_opened_during_sends_misses_nothing(site: Site, alice: Person, dana: Person) -> None:
    with ThreadPoolExecutor(4) as threads:
        sends = [threads.submit(dana.send, alice, title=str(number)) for number in range(60)]
        streams = [alice.stream() for _ in range(3)]
        last = max(send.result()["seq"] for send in sends)
    for stream in streams:
        start = stream.until("connected").json["seq"]
        assert [stream.until("notification", timeout=SOON).json["seq"] for _ in range(last - start)] == list(range(start + 1, last + 1))


def test_message_is_withdrawn_during_fanout(site: Site, alice: Person, dana: Person) -> None:
    many = crowd(site, 1000)
    with slow_commits(site, _WHEN_WRITTEN):
        id = dana.send(many.address)["id"]
        eventually(lambda: writing(site))
        answer = dana.post(f"/api/notifications/{id}/withdraw")

    assert answer.status_code == 200
    eventually(lambda: not holders(site, id, changes.IS_KEPT))


def writing(site: Site) -> int:
    """Count the transactions that are inside the trigger."""
    with site.elsewhere(), database.read() as connection:
        return connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")) or 0
