"""Sending is atomic: after 201 every recipient has the notification, after an error none has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.api_client import Person, problem
from tests.delivery.rows import rows
from tests.site import Site


def test_accepted_message_is_in_every_inbox_at_once(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    sent = dana.send([alice.address, bob.address], title="Hello", message="there")
    held = [rows(site, person) for person in (alice, bob)]
    assert [inbox.state() for inbox in held] == [{sent["id"]: ("unread", "info", "Hello", "there")}] * 2
    assert [(inbox.seq, inbox.unread, inbox.kept) for inbox in held] == [(1, 1, 1)] * 2


def test_user_named_twice_gets_one_notification(site: Site, alice: Person, dana: Person, staff: str) -> None:
    assert dana.send([alice.address, f"group:{staff}", alice.address])["recipients"] == 2
    assert rows(site, alice).seq == 1


def test_refused_message_changes_no_inbox(site: Site, alice: Person, dana: Person) -> None:
    stream = alice.connected()
    answer = dana.post("/api/notifications", json={"to": [alice.address, "user:nobody-of-that-name"], "title": "no"})
    problem(answer, 422, field="to[1]")
    assert rows(site, alice).seq == 0
    sent = dana.send(alice)
    assert stream.next().json["id"] == sent["id"]


def test_concurrent_operations_get_distinct_seqs(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(lambda number: dana.send(alice, title=str(number)), range(40)))
        both = list(threads.map(lambda number: dana.send([bob.address, alice.address], title=str(number)), range(20)))
    assert sorted(answer["seq"] for answer in sent) == sorted({answer["seq"] for answer in sent})
    found = rows(site, alice)
    found.assert_counts()
    assert [row.seq for row in found.notifications] == list(range(1, len(sent) + len(both) + 1))


def test_concurrent_repeats_are_sent_once(site: Site, alice: Person, dana: Person) -> None:
    def send(_: int) -> httpx.Response:
        return dana.post("/api/notifications", json={"to": alice.address, "title": "once"}, headers={"Idempotency-Key": "twenty"})

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(send, range(20)))
    done = [answer.json() for answer in answers if answer.status_code == 201]
    assert done and all(answer == done[0] for answer in done)
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, 409, "still_running")
    assert [row.public_id for row in rows(site, alice).notifications] == [done[0]["id"]]
