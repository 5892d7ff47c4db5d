"""Sends that arrive at the same time are written together, and each is answered for itself."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from notifier.services import audit
from notifier.services.accounts import users
from tests.api_client import Person, problem
from tests.delivery.rows import rows
from tests.people import People
from tests.site import Site

KEPT = 30
LOCK = "SELECT 1 FROM inboxes WHERE user_id = %s FOR UPDATE"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"INBOX_MAX": KEPT}


def test_each_gets_its_own_outcome(site: Site, people: People, alice: Person, bob: Person, carol: Person, dana: Person) -> None:
    """Alice's are usual and too many for her inbox, Bob's quiet, Carol's muted; others are refused or unusual."""
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert bob.post("/api/pause", json={"until": until}).is_success
    assert carol.post("/api/mutes", json={"kind": "type", "value": "info"}).is_success
    erin = people.person("erin", role="sender")
    one = {"title": "Hello"}
    bodies = [one | {"to": person.address} for person in (alice, bob, carol) for _ in range(40)]
    unknown = [one | {"to": "user:not-there"} for _ in range(20)]
    late = [one | {"to": alice.address, "expires_at": "2001-01-01T00:00:00Z"} for _ in range(10)]
    collapsing = [one | {"to": alice.address, "collapse_key": str(number)} for number in range(10)]
    posts = [(person, body) for body in (*bodies, *unknown, *late) for person in (dana, erin)] + [(dana, body) for body in collapsing]
    random.shuffle(posts)

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda post: post[0].post("/api/notifications", json=post[1]), posts))

    by_recipient = dict[str, list[int]]()
    for (_, body), answer in zip(posts, answers, strict=True):
        if body["to"] == "user:not-there":
            problem(answer, 422, field="to")
        elif "expires_at" in body:
            problem(answer, 422, field="expires_at")
        else:
            assert answer.status_code == 201, answer.text
            by_recipient.setdefault(str(body["to"]), []).append(answer.json()["seq"])
    for person, count in ((alice, 90), (bob, 80), (carol, 80)):
        found = rows(site, person)
        found.assert_counts()
        assert sorted(by_recipient[person.address]) == list(range(1, count + 1))
        assert (found.seq, found.kept) == (count, KEPT)
    assert (rows(site, bob).unread, rows(site, carol).unread) == (KEPT, 0)
    sent = {(answer.json()["id"], person.name) for (person, _), answer in zip(posts, answers, strict=True) if answer.is_success}
    with site.elsewhere():
        noted = {(entry.subject, entry.actor_name) for entry in audit.search(action="message.sent", limit=500).entries}
    assert sent <= noted


@pytest.mark.postgres
def test_a_locked_inbox_delays_its_own_messages_only(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    if site.server.database_url.startswith("sqlite"):
        pytest.skip("SQLite locks no rows")
    with site.elsewhere():
        locked = users.by_name(alice.name).id

    def send(person: Person) -> int:
        return dana.post("/api/notifications", json={"to": person.address, "title": "Hello"}).status_code

    with ThreadPoolExecutor(12) as threads, psycopg.connect(site.server.database_url.replace("+psycopg", "")) as other:
        other.execute(LOCK, [locked])
        delayed = [threads.submit(send, alice) for _ in range(2)]
        prompt = [threads.submit(send, bob) for _ in range(4)]
        assert {one.result(10) for one in prompt} == {201}
        assert not any(one.done() for one in delayed)
        other.rollback()
        assert {one.result(10) for one in delayed} == {201}
    assert [rows(site, person).seq for person in (alice, bob)] == [2, 4]
