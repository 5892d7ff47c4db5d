"""How many people an audience reaches, said beforehand: as many as it will be, and of no word less than sending would say."""

from __future__ import annotations

import pytest
from flask import Flask

from notifier.errors import Invalid
from notifier.services.accounts import directory, groups, users
from notifier.services.messages import audience, send
from notifier.services.messages.send import Draft

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
UNKNOWN = ["user:nobody", "group:nobody", "role:king", "role:USER", "king:alice", "user:", "alice", "", ":", "ALL"]


@pytest.fixture(autouse=True)
def _people(app: Flask) -> None:
    for name, role in (("alice", "user"), ("bob", "user"), ("dana", "sender")):
        users.create_user(name, "correct horse battery", role)
    for group in ("staff", "empty"):
        groups.create(group)
    groups.add("staff", "alice")
    groups.add("staff", "bob")


def test_as_many_are_reached_as_are_told() -> None:
    for words in AUDIENCES:
        found = audience.reach(words)

        assert (found.people, found.unknown) == (send.send(Draft(to=words, title="Hello")).recipients, {}), words


def test_a_word_that_sending_would_refuse_is_named_with_the_same_reason() -> None:
    for word in UNKNOWN:
        with pytest.raises(Invalid) as refused:
            send.send(Draft(to=[word], title="Hello"))
        found = audience.reach([word, "user:alice"])

        assert (found.people, found.unknown) == (1, {word: refused.value.errors[0].detail}), word


def test_words_are_suggested_by_how_they_begin() -> None:
    assert {begun: directory.suggest_terms(begun, limit=10) for begun in SUGGESTED} == SUGGESTED


def test_people_are_listed_by_name_page_by_page() -> None:
    first = directory.people(limit=2)
    second = directory.people(limit=2, after=first.after or "")

    assert [[row.name for row in page.rows] for page in (first, second)] == [["alice", "bob"], ["dana"]]
    assert [row.name for row in directory.people("A", "sender", limit=5).rows] == ["dana"]
    assert directory.people("%", limit=5).rows == []


def test_a_group_s_members_and_a_member_s_groups() -> None:
    groups.add("staff", "bob", manager=True)
    found = directory.members(directory.group("STAFF").id, limit=5)

    assert [(row.name, row.manager) for row in found.rows] == [("alice", False), ("bob", True)]
    assert [(row.name, row.manager) for row in directory.groups_of(users.by_name("bob").id)] == [("staff", True)]
    assert [(row.name, row.members) for row in directory.groups(limit=5).rows] == [("empty", 0), ("staff", 2)]
