"""Audit log: entries are written with the change they describe, and searched a bounded stretch at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, update

from notifier import database
from notifier.errors import Refused
from notifier.models import AuditEntry
from notifier.models.columns import now
from notifier.services import audit
from notifier.services.accounts import api_keys, groups, password_changes, sign_ins, users
from notifier.services.audit import Actor
from notifier.services.messages import retention, send, withdraw
from notifier.services.messages.send import Draft
from notifier.services.streams import kill_switch

PASSWORD = "correct horse battery"
CAROL = Actor("user:7", "carol", "192.0.2.7")


@pytest.fixture(autouse=True)
def _acting(app: Flask) -> None:
    audit.acting(CAROL)


def entries(query: str = "", action: str = "") -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in audit.search(query, action, limit=100).entries]


def make_alice() -> None:
    users.create_user("alice", PASSWORD)


def make_key() -> str:
    api_keys.create("farm")
    return str(api_keys.listing()[0].public_id)


ACTIONS: dict[str, tuple[Callable[[], object], tuple[str, str]]] = {
    "create a user": (make_alice, ("user.created", "alice")),
    "change a role": (lambda: users.set_role(users.by_name("alice"), "sender"), ("user.role", "alice")),
    "disable a user": (lambda: users.set_disabled("alice", True), ("user.disabled", "alice")),
    "enable a user": (lambda: users.set_disabled("alice", False), ("user.enabled", "alice")),
    "reset a password": (lambda: password_changes.reset_password(users.by_name("alice")), ("password.reset", "alice")),
    "create a group": (lambda: groups.create("staff"), ("group.created", "staff")),
    "add a member": (lambda: groups.add("staff", "alice", manager=True), ("member.added", "staff")),
    "remove a member": (lambda: groups.remove("staff", "alice"), ("member.removed", "staff")),
    "dissolve a group": (lambda: groups.dissolve("staff"), ("group.dissolved", "staff")),
    "create a key": (make_key, ("key.created", "farm")),
    "rotate a key": (lambda: api_keys.rotate(api_keys.listing()[0].public_id), ("key.rotated", "farm")),
    "revoke a key": (lambda: api_keys.revoke(api_keys.listing()[0].public_id), ("key.revoked", "farm")),
    "turn streams off": (lambda: kill_switch.set_streams(False), ("streams.off", "")),
    "turn streams on": (lambda: kill_switch.set_streams(True), ("streams.on", "")),
}


@pytest.mark.security("S56")
def test_each_action_adds_one_entry_with_actor_and_address(app: Flask) -> None:
    for name, (action, entry) in ACTIONS.items():
        before = len(entries())
        action()
        newest = audit.search(limit=100).entries

        assert len(newest) == before + 1, name
        assert (newest[0].action, newest[0].subject) == entry, name
        assert (newest[0].actor, newest[0].actor_name, newest[0].address) == ("user:7", "carol", "192.0.2.7"), name


def test_refused_action_adds_no_entry(app: Flask) -> None:
    make_alice()
    for refused in (
        make_alice,
        lambda: groups.add("unknown", "alice"),
        lambda: withdraw.withdraw("none", None),
        lambda: api_keys.revoke("none"),
    ):
        with pytest.raises(Refused):
            refused()

    assert entries() == [("user.created", "alice")]


def test_repeated_send_and_withdraw_add_one_entry_each(app: Flask) -> None:
    make_alice()
    draft = Draft(to=["user:alice", "role:user"], title="Maintenance")
    (sent,) = {send.send(draft, idempotency_key="one").id for _ in range(2)}
    withdraw.withdraw(sent, None)
    withdraw.withdraw(sent, None)

    assert entries(action="message") == [("message.withdrawn", sent), ("message.sent", sent)]
    assert audit.search("Maintenance", "message.sent", limit=1).entries[0].detail.endswith("to user:alice, role:user, 1 in all")


@pytest.mark.security("S56")
def test_failed_sign_in_entry_names_the_account(app: Flask) -> None:
    make_alice()
    sign_ins.begin("alice", "wrong", "192.0.2.1")
    failed = audit.search(limit=1).entries[0]
    begun = sign_ins.begin("alice", PASSWORD, "192.0.2.1")

    assert (failed.action, failed.subject, failed.actor, failed.address) == ("sign_in.failed", "alice", "", "192.0.2.1")
    assert begun and audit.search(limit=1).entries[0].actor == f"user:{begun.account.id}"


def test_actor_outside_requests_is_local(app: Flask) -> None:
    with app.app_context():
        make_alice()

    assert audit.search(limit=1).entries[0].actor == "local"


def test_actor_of_an_unauthenticated_request_is_its_address(app: Flask) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.9"}), app.app_context():
        assert audit.actor() == Actor("", "", "192.0.2.9")


@pytest.mark.parametrize(("query", "action", "found"), [("LIC", "", 1), ("%", "", 0), ("", "user", 1), ("", "us", 0), ("192.0.2", "", 1)])
def test_search_finds_text_anywhere_and_actions_by_kind(app: Flask, query: str, action: str, found: int) -> None:
    make_alice()

    assert len(entries(query, action)) == found


def test_pages_have_no_gap(app: Flask) -> None:
    with database.write() as transaction:
        for number in range(25):
            audit.note(transaction, "note", str(number))
    seen, before = [], None
    while True:
        page = audit.search(limit=10, before=before)
        seen += [entry.subject for entry in page.entries]
        before = page.before
        if before is None:
            break

    assert seen == [str(number) for number in reversed(range(25))]


def test_search_stops_after_a_stretch_and_continues_from_its_cursor(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_SEARCH_BATCH_SIZE", 10)
    with database.write() as transaction:
        for number in range(25):
            audit.note(transaction, "note", f"number {number}")

    nearby = audit.search("number 2", limit=50)
    assert [entry.subject for entry in nearby.entries] == ["number 24", "number 23", "number 22", "number 21", "number 20"]
    assert nearby.looked_back
    further = audit.search("number 2", limit=50, before=nearby.before)
    furthest = audit.search("number 2", limit=50, before=further.before)

    assert (further.entries, [entry.subject for entry in furthest.entries], furthest.before) == ([], ["number 2"], None)


def test_purge_deletes_old_entries(app: Flask) -> None:
    make_alice()
    make_key()
    with database.write() as transaction:
        old = now() - timedelta(days=app.config["RETENTION_DAYS"], minutes=1)
        transaction.execute(update(AuditEntry).where(AuditEntry.action == "user.created").values(at=old))
    retention.purge_step()

    assert [action for action, _ in entries()] == ["key.created"]


def test_purge_step_is_bounded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_BATCH_SIZE", retention.BATCH_SIZE)
    values = {"actor": "", "actor_name": "", "action": "note", "subject": "", "detail": "", "address": ""}
    with database.write() as transaction:
        transaction.execute(insert(AuditEntry), [values | {"at": now() - timedelta(days=400)}] * (retention.BATCH_SIZE + 1))

    assert retention.purge_step()
    assert not retention.purge_step()
    assert entries() == []
