"""Users and groups: create them and find them by name."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from notifier import database
from notifier.errors import Invalid, NotFound
from notifier.models import Inbox, Membership
from notifier.services.accounts import groups, users

PASSWORD = "correct horse"
LOOK_ALIKES = ["alice", "Alice", "ALICE", "\uff21lice", "al\u2170ce"]
IMPOSSIBLE = [
    ("", PASSWORD, "user", "username"),
    ("a b", PASSWORD, "user", "username"),
    ("@local\n", PASSWORD, "user", "username"),
    ("alice", "short", "user", "password"),
    ("alice", PASSWORD, "root", "role"),
    ("alice", PASSWORD, "", "role"),
]


def fields(refusal: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [error.field for error in refusal.value.errors]


def test_create_user_creates_an_inbox(app: Flask) -> None:
    alice = users.create_user("alice", PASSWORD, "sender")

    with database.read() as connection:
        inbox = connection.execute(select(Inbox.user_id, Inbox.seq, Inbox.floor, Inbox.unread, Inbox.kept)).one()
    assert tuple(inbox) == (alice.id, 0, 0, 0, 0)
    assert (alice.name, alice.role, alice.disabled, alice.token_version) == ("alice", "sender", False, 0)


def test_public_id_does_not_reveal_the_number_of_users(app: Flask) -> None:
    alice, bob = users.create_user("alice", PASSWORD), users.create_user("bob", PASSWORD)

    assert len(alice.public_id) == len(bob.public_id) == 36
    assert alice.public_id[-12:] != bob.public_id[-12:]


def test_look_alike_of_a_name_is_taken(app: Flask) -> None:
    users.create_user("Alice", PASSWORD)

    for name in LOOK_ALIKES:
        with pytest.raises(Invalid, match="is taken") as refusal:
            users.create_user(name, PASSWORD)
        assert fields(refusal) == ["username"]
    assert users.count() == 1


def test_user_is_found_by_any_spelling_of_the_name(app: Flask) -> None:
    alice = users.create_user("Alice", PASSWORD)

    for name in LOOK_ALIKES:
        assert users.by_name(name) == alice
        assert users.authenticate(name, PASSWORD) == alice


def test_invalid_user_is_rejected_and_not_created(app: Flask) -> None:
    for name, password, role, field in IMPOSSIBLE:
        with pytest.raises(Invalid) as refusal:
            users.create_user(name, password, role)
        assert fields(refusal) == [field]
    assert users.count() == 0


def test_other_names_find_no_user(app: Flask) -> None:
    users.create_user("alice", PASSWORD)

    for name in ["bob", "", "alice ", " alice", "al_ce", "%", "alice\n"]:
        with pytest.raises(NotFound):
            users.by_name(name)
    assert users.authenticate("al_ce", PASSWORD) is None


def test_unknown_public_id_finds_no_user(app: Flask) -> None:
    assert users.by_public_id("00000000-0000-7000-8000-000000000000") is None


def test_group_name_is_taken_in_any_spelling(app: Flask) -> None:
    groups.create("Staff")

    for name in ["staff", "STAFF", "\uff33taff"]:
        with pytest.raises(Invalid, match="exists already"):
            groups.create(name)


def test_invalid_group_name_is_rejected(app: Flask) -> None:
    for name in ["", "a b", "x" * 65, "a:b"]:
        with pytest.raises(Invalid) as refusal:
            groups.create(name)
        assert fields(refusal) == ["name"]


@pytest.mark.parametrize(("group", "user"), [("unknown", "alice"), ("staff", "unknown")])
def test_adding_a_member_requires_the_group_and_the_user(app: Flask, group: str, user: str) -> None:
    groups.create("staff")
    users.create_user("alice", PASSWORD)

    with pytest.raises(NotFound, match="unknown"):
        groups.add(group, user)


def test_adding_a_member_again_only_changes_manager(app: Flask) -> None:
    groups.create("staff")
    users.create_user("alice", PASSWORD)

    for manager in (False, True, False, True):
        groups.add("Staff", "ALICE", manager=manager)

    with database.read() as connection:
        assert connection.execute(select(Membership.manager)).scalars().all() == [True]


def test_first_admin_is_not_disabled(app: Flask) -> None:
    users.create_user("alice", PASSWORD)
    assert users.first_admin() is None

    first, second = (users.create_user(name, PASSWORD, "admin") for name in ("first", "second"))
    assert users.first_admin() == first

    users.set_disabled("first", True)
    assert users.first_admin() == second
