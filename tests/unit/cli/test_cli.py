"""The command line: output and exit codes (0 done, 1 refused, 2 wrong usage, 3 not reached)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from notifier import __version__
from tests.servers.port import Port
from tests.unit.cli.conftest import Run
from tests.unit.scripted_server import STREAM_HEAD, ScriptedServer, chunk, serving

GONE = b'HTTP/1.1 401 Unauthorized\r\nContent-Length: 41\r\n\r\n{"status": 401, "detail": "Signed out."}  '
NOTIFICATION = {"created_at": "2026-01-01T10:00:00Z", "type": "success", "title": "Video Ready!", "message": "It has been\nprocessed."}


@pytest.fixture
def alice(run: Run) -> str:
    run("user", "create", "alice", "--password-stdin", input="correct horse\n")
    return "alice"


def port(server: ScriptedServer) -> str:
    return server.url.rpartition(":")[2].partition("/")[0]


def created(body: str) -> bytes:
    return f"HTTP/1.1 201 Created\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def test_version_is_printed(run: Run) -> None:
    assert run("--version").stdout == f"notifier, version {__version__}\n"


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["push"], ["listen"], ["run"], ["user", "create"], ["group", "add"], ["db", "upgrade"]], ids=" ".join
)
def test_every_command_has_help(run: Run, command: list[str]) -> None:
    assert run(*command, "--help").exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        ["nonsense"],
        ["push"],
        ["push", "--port", "0", "hello"],
        ["push", "--port", "8000", "--url", "http://a", "hello"],
        ["push", "--url", "http://a", "hello"],
        ["serve", "--workers", "0"],
        ["user", "create"],
        ["listen"],
        ["run"],
        ["run", "--title", "T"],
        ["run", "--nonsense", "--", "true"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(run: Run, command: list[str]) -> None:
    assert run(*command).exit_code == 2


def test_wrong_setting_exits_with_2_and_is_named(run: Run) -> None:
    result = run("db", "upgrade", REPLAY_LIMIT="none")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("notifier: NOTIFIER_REPLAY_LIMIT='none' is not allowed")


@pytest.mark.parametrize("flags", [[], ["--sender"], ["--admin"]], ids=str)
def test_user_create_prints_the_name(run: Run, flags: list[str]) -> None:
    result = run("user", "create", "alice", *flags, "--password-stdin", input="correct horse\n")

    assert result.exit_code == 0
    assert result.stdout.split()[0] == "alice"


@pytest.mark.parametrize(
    "command",
    [["user", "create", "alice", "--password-stdin"], ["user", "create", "a b", "--password-stdin"], ["group", "add", "unknown", "alice"]],
    ids=" ".join,
)
def test_refusal_is_printed_in_one_line(run: Run, alice: str, command: list[str]) -> None:
    result = run(*command, input="correct horse\n")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("notifier: ")
    assert result.stderr.count("\n") == 1


def test_group_gets_members(run: Run, alice: str) -> None:
    assert run("group", "create", "staff").exit_code == 0
    assert run("group", "add", "staff", alice, "--manager").exit_code == 0


@pytest.mark.parametrize("options", [[], ["--scope", "send"], ["--user", "alice", "--scope", "send,read"]], ids=" ".join)
def test_key_create_prints_only_the_key(run: Run, alice: str, options: list[str]) -> None:
    result = run("key", "create", "ci", *options)

    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"ntf_\S{40,}\n", result.stdout)


def test_read_key_without_a_user_is_refused(run: Run) -> None:
    result = run("key", "create", "ci", "--scope", "read")

    assert (result.exit_code, result.stdout) == (1, "")


def test_db_upgrade_creates_tables_in_an_empty_database(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    assert run("db", "upgrade", DATABASE_URL=url).exit_code == 0
    assert run("user", "create", "alice", "--password-stdin", input="correct horse\n", DATABASE_URL=url).exit_code == 0


@pytest.mark.parametrize("command", [["push", "hello"], ["listen", "--user", "alice"]], ids=" ".join)
def test_unreachable_server_exits_with_3(run: Run, alice: str, command: list[str]) -> None:
    free = Port()
    result = run(*command, "--port", str(free.number))
    free.release()

    assert result.exit_code == 3
    assert "Is `notifier serve` running?" in result.stderr


@pytest.mark.parametrize(
    ("to", "expected"), [([], "all"), (["--to", "alice"], "user:alice"), (["--to", "group:staff"], "group:staff")], ids=str
)
def test_push_sends_to_its_audience(run: Run, to: list[str], expected: str) -> None:
    with serving(created('{"id": "1", "recipients": 2}')) as server:
        result = run("push", *to, "--title", "T", "--type", "success", "--port", port(server), "hello")

    assert (result.exit_code, result.stdout) == (0, "1 to 2 people\n")
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == {"to": expected, "message": "hello", "type": "success", "title": "T"}


@pytest.mark.parametrize(
    ("input", "text"),
    [("disk 91% full\n", "disk 91% full"), ("one\r\ntwo\n\n", "one\r\ntwo"), ("\ufeffgrüße 你好", "grüße 你好"), ("-\n", "-")],
)
def test_dash_reads_the_text_from_standard_input(run: Run, input: str, text: str) -> None:
    with serving(created('{"id": "1", "recipients": 1}')) as server:
        result = run("push", "--to", "alice", "--port", port(server), "-", input=input)

    assert result.exit_code == 0
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["message"] == text


@pytest.mark.parametrize("input", ["", "\n", " \n"], ids=ascii)
def test_dash_without_input_sends_nothing(run: Run, input: str) -> None:
    result = run("push", "-", input=input)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "nothing to send" in result.stderr


def test_push_uses_the_key_of_the_environment(run: Run) -> None:
    with serving(created('{"id": "1", "recipients": 1}')) as server:
        result = run("push", "--url", f"http://127.0.0.1:{port(server)}", "hello", API_KEY="a key")

    assert result.stdout == "1 to 1 person\n"
    assert b"Authorization: Bearer a key\r\n" in server.requests[0]


def test_refused_push_prints_the_reason(run: Run) -> None:
    with serving(GONE) as server:
        result = run("push", "--port", port(server), "hello")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "notifier: Signed out.\n")


def test_listen_prints_notifications(run: Run, alice: str) -> None:
    stream = STREAM_HEAD + chunk(f"id: a-1\nevent: notification\ndata: {json.dumps(NOTIFICATION)}\n\n".encode()) + b"0\r\n\r\n"
    with serving(stream, GONE) as server:
        result = run("listen", "--user", alice, "--port", port(server))

    assert (result.exit_code, result.stderr) == (1, "notifier: Signed out.\n")
    assert result.stdout == "2026-01-01T10:00:00Z [success] Video Ready!: It has been\nprocessed.\n"


def test_listen_with_json_prints_one_event_a_line(run: Run, alice: str) -> None:
    stream = STREAM_HEAD + chunk(f"id: a-1\nevent: notification\ndata: {json.dumps(NOTIFICATION)}\n\n".encode()) + b"0\r\n\r\n"
    with serving(stream, GONE) as server:
        result = run("listen", "--json", "--user", alice, "--port", port(server))

    assert [json.loads(line) for line in result.stdout.splitlines()] == [{"event": "notification", "id": "a-1", "data": NOTIFICATION}]


def test_listen_refuses_an_unknown_user(run: Run) -> None:
    result = run("listen", "--user", "unknown")

    assert (result.exit_code, result.stderr) == (1, "notifier: There is no user 'unknown'.\n")


def test_unknown_setting_is_a_warning(run: Run) -> None:
    result = run("db", "check", REPLAY_LIMITS="7")

    assert result.exit_code == 0
    assert result.stderr == "notifier: warning: NOTIFIER_REPLAY_LIMITS is not a setting: did you mean NOTIFIER_REPLAY_LIMIT?\n"
