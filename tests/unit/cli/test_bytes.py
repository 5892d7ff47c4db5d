"""Any byte may come in arguments, keys, files and standard input: never a traceback, never a secret in a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notifier.cli import main
from tests.servers.notifier import ROOT, SECRET_KEY
from tests.servers.port import Port
from tests.unit.cli.conftest import Run

SECRET = "ntf_hunter2hunter2hunter2hunter2hunter2hunter2"
NOT_TEXT = b"caf\xe9"
COMMANDS: list[list[bytes]] = [
    [b"push", b"--port", b"1", NOT_TEXT],
    [b"push", b"--port", b"1", b"--to", NOT_TEXT, b"x"],
    [b"push", b"--url", b"http://127.0.0.1:1/" + NOT_TEXT, b"x"],
    [b"push", b"--url", b"http://" + NOT_TEXT, b"x"],
    [b"listen", b"--port", b"1", b"--user", NOT_TEXT],
    [b"user", b"create", NOT_TEXT, b"--password-stdin"],
    [b"user", b"disable", NOT_TEXT],
    [b"user", b"enable", NOT_TEXT],
    [b"group", b"create", NOT_TEXT],
    [b"group", b"add", NOT_TEXT, NOT_TEXT],
    [b"category", b"create", NOT_TEXT],
    [b"mail", b"test", NOT_TEXT],
    [b"outbox", b"list", NOT_TEXT],
    [b"destination", b"create", NOT_TEXT],
    [b"key", b"create", NOT_TEXT],
    [b"key", b"rotate", NOT_TEXT],
    [b"key", b"revoke", NOT_TEXT],
    [b"demo", b"--people", NOT_TEXT],
    [b"db", NOT_TEXT],
    [b"serve", b"--host", NOT_TEXT],
    [b"run", b"--to", NOT_TEXT, b"--", b"true"],
    [NOT_TEXT],
]


def notifier(*args: bytes | str, input: bytes = b"", **settings: bytes | str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environb.items() if not name.startswith(b"NOTIFIER_")}
    environment |= {b"NOTIFIER_" + name.encode(): os.fsencode(value) for name, value in settings.items()}
    command = [os.fsencode(sys.executable), b"-m", b"notifier", *map(os.fsencode, args)]
    return subprocess.run(command, cwd=ROOT, env=environment, input=input, capture_output=True, timeout=60)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: ascii(b" ".join(command)))
def test_argument_that_is_not_utf8_is_wrong_usage(run: Run, command: list[bytes]) -> None:
    result = run(*map(os.fsdecode, command), API_KEY=SECRET)

    assert result.exit_code == 2, result.output
    assert SECRET not in result.output


def test_argument_that_is_not_utf8_is_refused_by_the_process() -> None:
    done = notifier("push", NOT_TEXT, API_KEY=SECRET)

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"argument 2 is not UTF-8" in done.stderr


def test_run_passes_arguments_that_are_not_utf8_on() -> None:
    free = Port()
    done = notifier("run", "--port", str(free.number), "--", "printf", b"caf\xe9", API_KEY=SECRET)
    free.release()

    assert (done.returncode, done.stdout) == (0, b"caf\xe9")
    assert b"Traceback" not in done.stderr


def test_run_names_a_missing_command_that_is_not_utf8() -> None:
    free = Port()
    done = notifier("run", "--port", str(free.number), "--", b"/caf\xe9", API_KEY=SECRET)
    free.release()

    assert done.returncode == 127
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"{SECRET}\r\n", f"  {SECRET} "], ids=ascii)
def test_line_end_after_a_key_is_ignored(run: Run, key: str) -> None:
    free = Port()
    result = run("push", "--port", str(free.number), "hello", API_KEY=key)
    free.release()

    assert result.exit_code == 3  # it was used: only the server is missing
    assert SECRET not in result.output


@pytest.mark.parametrize("key", [f"{SECRET}\n{SECRET}", f"{SECRET}\x01", f"{SECRET}é", f"{SECRET}\udce9"], ids=ascii)
@pytest.mark.parametrize("command", [["push", "hello"], ["listen"], ["run", "--", "true"]], ids=" ".join)
def test_impossible_key_is_refused_by_name(run: Run, command: list[str], key: str) -> None:
    result = run(*command, API_KEY=key)

    assert result.exit_code == 2
    assert "NOTIFIER_API_KEY holds characters" in result.stderr
    assert SECRET not in result.output


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL"])
@pytest.mark.parametrize("command", [["push", "hello"], ["user", "disable", "alice"], ["db", "check"]], ids=" ".join)
def test_secret_that_is_not_utf8_is_refused_by_name(run: Run, command: list[str], name: str) -> None:
    if command[0] == "push" and name == "DATABASE_URL":
        pytest.skip("a push does not read it")
    result = run(*command, **{name: f"{SECRET}\udce9"})

    assert result.exit_code == 2
    assert f"NOTIFIER_{name} is not UTF-8" in result.stderr
    assert SECRET not in result.output


@pytest.mark.parametrize("command", [["push", "hello"], ["user", "disable", "alice"], ["db", "upgrade"]], ids=" ".join)
@pytest.mark.parametrize("content", [SECRET.encode() + b"\xe9", b"", None], ids=["not UTF-8", "empty", "missing"])
def test_secret_file_that_cannot_be_used_is_refused_by_name(run: Run, tmp_path: Path, command: list[str], content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    result = run(*command, SECRET_KEY=None, SECRET_KEY_FILE=str(file))

    assert result.exit_code == 2
    assert result.stderr.startswith(f"notifier: NOTIFIER_SECRET_KEY_FILE='{file}'")
    assert SECRET not in result.output


@pytest.mark.parametrize("command", [["user", "disable", "alice"], ["db", "check"], ["db", "upgrade"], ["key", "list"]], ids=" ".join)
def test_file_that_is_no_database_is_refused_in_a_line(run: Run, tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "notifier.db"
    file.write_bytes(b"\xff\xfe\x00 no database" * 200)
    result = run(*command, DATABASE_URL=f"sqlite:///{file}")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "notifier: the database: file is not a database\n"


def test_database_error_shows_no_hash(run: Run, tmp_path: Path) -> None:
    result = run(
        "user", "create", "alice", "--password-stdin", input="correct horse\n", DATABASE_URL=f"sqlite:///{tmp_path}/without-tables.db"
    )

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("notifier: ") and result.stderr.count("\n") == 1
    assert "argon2" not in result.output and "correct horse" not in result.output


@pytest.mark.parametrize("command", [["push", "-"], ["user", "create", "alice", "--password-stdin"]], ids=" ".join)
def test_input_that_is_not_utf8_is_wrong_usage(command: list[str], tmp_path: Path) -> None:
    done = notifier(*command, input=b"caf\xe9\n", SECRET_KEY=SECRET_KEY, DATABASE_URL=f"sqlite:///{tmp_path}/n.db")

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"standard input is not UTF-8" in done.stderr
    assert b"Traceback" not in done.stderr


def test_every_command_is_in_the_table() -> None:
    context = main.make_context("notifier", ["db", "check"])
    assert {os.fsdecode(command[0]) for command in COMMANDS} >= set(main.list_commands(context))
