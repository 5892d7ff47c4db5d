"""People and groups: how they are made, and known again."""

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


def test_a_user_is_made_with_an_inbox(app: Flask) -> None:
    alice = users.create_user("alice", PASSWORD, "sender")

    with database.read() as connection:
        inbox = connection.execute(select(Inbox.user_id, Inbox.seq, Inbox.floor, Inbox.unread, Inbox.kept)).one()
    assert tuple(inbox) == (alice.id, 0, 0, 0, 0)
    assert (alice.name, alice.role, alice.disabled, alice.token_version) == ("alice", "sender", False, 0)


def test_an_id_says_nothing_of_how_many_there_are(app: Flask) -> None:
    alice, bob = users.create_user("alice", PASSWORD), users.create_user("bob", PASSWORD)

    assert len(alice.public_id) == len(bob.public_id) == 36
    assert alice.public_id[-12:] != bob.public_id[-12:]


def test_a_name_that_looks_like_another_is_taken(app: Flask) -> None:
    users.create_user("Alice", PASSWORD)

    for name in LOOK_ALIKES:
        with pytest.raises(Invalid, match="is taken") as refusal:
            users.create_user(name, PASSWORD)
        assert fields(refusal) == ["username"]
    assert users.count() == 1


def test_a_user_is_known_however_the_name_is_written(app: Flask) -> None:
    alice = users.create_user("Alice", PASSWORD)

    for name in LOOK_ALIKES:
        assert users.by_name(name) == alice
        assert users.authenticate(name, PASSWORD) == alice


def test_a_user_that_cannot_be_is_refused_and_not_made(app: Flask) -> None:
    for name, password, role, field in IMPOSSIBLE:
        with pytest.raises(Invalid) as refusal:
            users.create_user(name, password, role)
        assert fields(refusal) == [field]
    assert users.count() == 0


def test_nobody_else_is_known(app: Flask) -> None:
    users.create_user("alice", PASSWORD)

    for name in ["bob", "", "alice ", " alice", "al_ce", "%", "alice\n"]:
        with pytest.raises(NotFound):
            users.by_name(name)
    assert users.authenticate("al_ce", PASSWORD) is None


def test_nobody_has_an_id_that_nobody_was_given(app: Flask) -> None:
    assert users.by_public_id("00000000-0000-7000-8000-000000000000") is None


def test_a_group_s_name_is_taken_in_all_its_forms(app: Flask) -> None:
    groups.create("Staff")

    for name in ["staff", "STAFF", "\uff33taff"]:
        with pytest.raises(Invalid, match="exists already"):
            groups.create(name)


def test_a_group_needs_a_name_that_can_be(app: Flask) -> None:
    for name in ["", "a b", "x" * 65, "a:b"]:
        with pytest.raises(Invalid) as refusal:
            groups.create(name)
        assert fields(refusal) == ["name"]


@pytest.mark.parametrize(("group", "user"), [("nobody", "alice"), ("staff", "nobody")])
def test_a_member_needs_a_group_and_a_user(app: Flask, group: str, user: str) -> None:
    groups.create("staff")
    users.create_user("alice", PASSWORD)

    with pytest.raises(NotFound, match="nobody"):
        groups.add(group, user)


def test_who_is_added_again_is_one_member_as_last_said(app: Flask) -> None:
    groups.create("staff")
    users.create_user("alice", PASSWORD)

    for manager in (False, True, False, True):
        groups.add("Staff", "ALICE", manager=manager)

    with database.read() as connection:
        assert connection.execute(select(Membership.manager)).scalars().all() == [True]


def test_the_first_admin_is_one_who_is_not_shut_out(app: Flask) -> None:
    users.create_user("alice", PASSWORD)
    assert users.first_admin() is None

    first, second = (users.create_user(name, PASSWORD, "admin") for name in ("first", "second"))
    assert users.first_admin() == first

    users.set_disabled("first", True)
    assert users.first_admin() == second
