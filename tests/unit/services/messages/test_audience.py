"""Audience terms: reach before sending equals the recipients of sending, with the same errors; directory lists."""

from __future__ import annotations

import pytest
from flask import Flask

from notifier import database
from notifier.errors import Invalid
from notifier.services.accounts import directory, groups, users
from notifier.services.messages import audience, send
from notifier.services.messages.send import Draft
from tests.statements import noted

AUDIENCES = [
    ["all"],
    ["user:alice"],
    ["user:ALICE", "user:alice"],
    ["group:staff"],
    ["group:Staff", "user:alice", "role:sender"],
    ["role:user", "role:sender", "role:admin"],
    ["group:empty"],
    ["all", "user:alice"],
]
SUGGESTED = {
    "a": ["all", "user:alice"],
    "BO": ["user:bob"],
    "group:s": ["group:staff"],
    "gr": ["group:empty", "group:staff"],
    "role:s": ["role:sender"],
    "user:d": ["user:dana"],
    "%": [],
    "king:": [],
}
UNKNOWN = ["user:unknown", "group:unknown", "role:king", "role:USER", "king:alice", "user:", "alice", "", ":", "ALL"]


@pytest.fixture(autouse=True)
def _people(app: Flask) -> None:
    for name, role in (("alice", "user"), ("bob", "user"), ("dana", "sender")):
        users.create_user(name, "correct horse battery", role)
    for group in ("staff", "empty"):
        groups.create(group)
    groups.add("staff", "alice")
    groups.add("staff", "bob")


def test_reach_equals_the_recipients_of_a_send() -> None:
    for terms in AUDIENCES:
        found = audience.reach(terms)

        assert (found.people, found.unknown) == (send.send(Draft(to=terms, title="Hello")).recipients, {}), terms


def test_reach_gives_the_same_error_as_sending() -> None:
    for term in UNKNOWN:
        with pytest.raises(Invalid) as refused:
            send.send(Draft(to=[term], title="Hello"))
        found = audience.reach([term, "user:alice"])

        assert (found.people, found.unknown) == (1, {term: refused.value.errors[0].detail}), term


def test_terms_are_suggested_by_prefix() -> None:
    assert {prefix: directory.suggest_terms(prefix, limit=10) for prefix in SUGGESTED} == SUGGESTED


def test_users_are_listed_by_name_in_pages() -> None:
    first = directory.people(limit=2)
    second = directory.people(limit=2, after=first.after or "")

    assert [[row.name for row in page.rows] for page in (first, second)] == [["alice", "bob"], ["dana"]]
    assert [row.name for row in directory.people("A", "sender", limit=5).rows] == ["dana"]
    assert directory.people("%", limit=5).rows == []


def test_members_of_a_group_and_groups_of_a_user() -> None:
    groups.add("staff", "bob", manager=True)
    found = directory.members(directory.group("STAFF").id, limit=5)

    assert [(row.name, row.manager) for row in found.rows] == [("alice", False), ("bob", True)]
    assert [(row.name, row.manager) for row in directory.groups_of(users.by_name("bob").id)] == [("staff", True)]
    assert [(row.name, row.members) for row in directory.groups(limit=5).rows] == [("empty", 0), ("staff", 2)]


def test_audience_of_names_and_groups_reads_no_other_users() -> None:
    """Each part of the query that is not needed would read the whole table of users."""
    with noted() as statements, database.read() as connection:
        audience.resolve(connection, Draft(to=["user:alice", "group:staff"], title="Hello"))

    assert len(statements) and not [statement for statement, _ in statements if "users.role" in statement]
