"""Commands that list, change and delete users and groups."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import Run


@pytest.fixture
def run(run: Run) -> Run:
    for name, role in (("alice", []), ("bob", ["--sender"])):
        assert run("user", "create", name, *role, "--password-stdin", input="correct horse\n").exit_code == 0
    return run


def listed(run: Run, *command: str) -> list[list[str]]:
    result = run(*command)
    assert (result.exit_code, result.stderr) == (0, "")
    return [line.split() for line in result.stdout.splitlines()]


def test_user_list_shows_name_role_id_and_state(run: Run) -> None:
    assert run("user", "disable", "bob").exit_code == 0

    alice, bob = listed(run, "user", "list")

    assert (alice[:2], len(alice[2]), alice[3:]) == (["alice", "user"], 36, [])
    assert (bob[:2], bob[3:]) == (["bob", "sender"], ["disabled"])
    assert listed(run, "user", "list", "--role", "admin") == []


def test_user_role_changes_the_role(run: Run) -> None:
    assert run("user", "role", "alice", "admin").exit_code == 0

    assert [name for name, *_ in listed(run, "user", "list", "--role", "admin")] == ["alice"]
    assert run("user", "role", "alice", "root").exit_code == 2
    assert run("user", "role", "nobody", "admin").exit_code == 1


def test_user_password_refuses_what_is_easily_guessed(run: Run) -> None:
    assert run("user", "password", "alice", "--password-stdin", input="another horse\n").exit_code == 0
    for password in ("password", "short"):
        result = run("user", "password", "alice", "--password-stdin", input=password + "\n")
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert run("user", "password", "alice").exit_code == 2


def test_deleted_user_is_gone_and_the_name_free(run: Run) -> None:
    assert run("user", "delete", "alice").exit_code == 0

    assert [name for name, *_ in listed(run, "user", "list")] == ["bob"]
    assert run("user", "delete", "alice").stderr == "notifier: There is no user 'alice'.\n"
    assert run("user", "create", "alice", "--password-stdin", input="correct horse\n").exit_code == 0


def test_group_list_counts_and_names_members(run: Run) -> None:
    run("group", "create", "staff")
    run("group", "add", "staff", "alice", "--manager")
    run("group", "add", "staff", "bob")

    assert listed(run, "group", "list") == [["staff", "2"]]
    assert listed(run, "group", "list", "staff") == [["alice", "manager"], ["bob"]]
    assert run("group", "remove", "staff", "bob").exit_code == 0
    assert listed(run, "group", "list", "staff") == [["alice", "manager"]]
    assert run("group", "remove", "staff", "bob").exit_code == 1
    assert run("group", "list", "nobodies").exit_code == 1
