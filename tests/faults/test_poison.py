"""Invalid rows, written directly to the database: each costs its own event, and no stream."""

from __future__ import annotations

from sqlalchemy import text

from notifier import database
from tests.api_client import Person
from tests.site import Site

POISON = {
    "sqlite": {
        "not JSON": "actions = '[{'",
        "not UTF-8": "text = CAST(X'61ff62' AS TEXT)",
        "not a time": "created_at = 'yesterday'",
        "a list as metadata": "metadata = '[1]', actions = '{\"a\": null}'",
    },
    "postgresql": {
        "a time that is none": "created_at = 'infinity'",
        "a list as metadata": "metadata = '[1]', actions = '{\"a\": null}'",
    },
}
SHOWN = {"a list as metadata"}
HUGE = 1_000_000


def poison(site: Site, title: str, change: str) -> None:
    with site.elsewhere(), database.write() as transaction:
        assert transaction.execute(text(f"UPDATE messages SET {change} WHERE title = :title"), {"title": title}).rowcount == 1


def poisons(site: Site) -> dict[str, str]:
    return POISON["sqlite" if site.server.database_url.startswith("sqlite") else "postgresql"]


def cursor_of(person: Person) -> str | None:
    with person.connected() as stream:
        return stream.last_event_id


def test_reconnecting_client_gets_all_readable_changes(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    cursor, bobs = cursor_of(alice), cursor_of(bob)
    site.assert_no_streams()
    counted = site.server.metric("notifier_unreadable_total")
    for what, change in poisons(site).items():
        dana.send([alice.address, bob.address], title=f"before {what}")
        dana.send(alice, title=f"{what} {alice.name}")
        poison(site, f"{what} {alice.name}", change)
    dana.send([alice.address, bob.address], title="after it all")

    stream = alice.connected(last_event_id=cursor)
    events = [stream.next() for _ in range(2 * len(poisons(site)) + 1)]
    assert [event.json["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all(event.id is not None for event in events)
    bad = [event for event in events if event.name == "unreadable"]
    assert len(bad) == len(poisons(site)) - len(SHOWN)
    assert all(event.json.keys() == {"seq", "unread_count"} for event in bad)
    assert site.server.metric("notifier_unreadable_total") == counted + len(bad)
    assert "ended, and with it this process" not in site.server.log()
    others = bob.connected(last_event_id=bobs)
    assert [others.next().name for _ in range(len(poisons(site)) + 1)] == ["notification"] * (len(poisons(site)) + 1)


def test_readable_changes_of_a_seq_are_sent_beside_unreadable_ones(site: Site, alice: Person, dana: Person) -> None:
    sent = [dana.send(alice, title=f"{number} {alice.name}")["id"] for number in range(3)]
    inbox = alice.inbox()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    what, change = next(iter(poisons(site).items()))
    poison(site, f"1 {alice.name}", change)
    assert what not in SHOWN

    assert alice.post("/api/notifications/read-all").status_code == 200

    inbox.follow(lambda inbox: inbox.seq == 4)
    assert inbox.stream is not None
    told = inbox.stream.events[-2:]
    assert [(event.name, event.json["seq"], event.id is None) for event in told] == [("unreadable", 4, True), ("state", 4, False)]
    assert [changed["id"] for changed in told[1].json["changed"]] == [sent[0], sent[2]]


def test_row_larger_than_the_backlog_is_left_to_the_list(site: Site, alice: Person, dana: Person) -> None:
    inbox = alice.inbox()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    inbox.disconnect()
    dana.send(alice, title=f"huge {alice.name}")
    poison(site, f"huge {alice.name}", f"text = '{'x' * HUGE}'")

    inbox.follow(lambda inbox: inbox.resets == 1 and inbox.agrees())
    assert [len(row.text[2]) for row in inbox.rows.values()] == [HUGE]
    dana.send(alice, title="after it")
    inbox.follow(lambda inbox: len(inbox.rows) == 2 and inbox.agrees())
    assert (inbox.connects, inbox.resets) == (2, 1)
