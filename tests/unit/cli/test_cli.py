"""The command line: what it prints, and what its exit code says. 0 done, 1 refused, 2 wrong usage, 3 server not reached."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from notifier import __version__
from notifier.cli import main
from tests.databases import Databases
from tests.servers.notifier import SECRET_KEY
from tests.servers.port import Port
from tests.unit.scripted_server import STREAM_HEAD, ScriptedServer, chunk, serving

Run = Callable[..., Result]

GONE = b'HTTP/1.1 401 Unauthorized\r\nContent-Length: 41\r\n\r\n{"status": 401, "detail": "Signed out."}  '
NOTIFICATION = {"created_at": "2026-01-01T10:00:00Z", "type": "success", "title": "Video Ready!", "message": "It has been\nprocessed."}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What is printed is the same on both."""
    return sqlite_databases


@pytest.fixture
def run(database_url: str) -> Run:
    """Runs `notifier` with these arguments, `input`, and settings by their names without prefix; one of None is not set."""

    def run(*args: str, input: str | None = None, **settings: str | None) -> Result:
        chosen = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY} | settings
        return CliRunner().invoke(
            main, args, prog_name="notifier", input=input, env={f"NOTIFIER_{name}": value for name, value in chosen.items()}
        )

    return run


@pytest.fixture
def alice(run: Run) -> str:
    run("user", "create", "alice", "--password-stdin", input="correct horse\n")
    return "alice"


def port(server: ScriptedServer) -> str:
    return server.url.rpartition(":")[2].partition("/")[0]


def created(body: str) -> bytes:
    return f"HTTP/1.1 201 Created\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def test_it_says_its_version(run: Run) -> None:
    assert run("--version").stdout == f"notifier, version {__version__}\n"


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["push"], ["listen"], ["run"], ["user", "create"], ["group", "add"], ["db", "upgrade"]], ids=" ".join
)
def test_it_explains_itself(run: Run, command: list[str]) -> None:
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
def test_what_makes_no_sense_is_wrong_usage(run: Run, command: list[str]) -> None:
    assert run(*command).exit_code == 2


def test_a_wrong_setting_is_wrong_usage_and_said(run: Run) -> None:
    result = run("db", "upgrade", REPLAY_LIMIT="none")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("notifier: NOTIFIER_REPLAY_LIMIT='none' is not allowed")


@pytest.mark.parametrize("flags", [[], ["--sender"], ["--admin"]], ids=str)
def test_a_user_is_made_and_named(run: Run, flags: list[str]) -> None:
    result = run("user", "create", "alice", *flags, "--password-stdin", input="correct horse\n")

    assert result.exit_code == 0
    assert result.stdout.split()[0] == "alice"


@pytest.mark.parametrize(
    "command",
    [["user", "create", "alice", "--password-stdin"], ["user", "create", "a b", "--password-stdin"], ["group", "add", "nobody", "alice"]],
    ids=" ".join,
)
def test_what_is_refused_is_said_in_a_line(run: Run, alice: str, command: list[str]) -> None:
    result = run(*command, input="correct horse\n")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("notifier: ")
    assert result.stderr.count("\n") == 1


def test_a_group_gets_members(run: Run, alice: str) -> None:
    assert run("group", "create", "staff").exit_code == 0
    assert run("group", "add", "staff", alice, "--manager").exit_code == 0


@pytest.mark.parametrize("options", [[], ["--scope", "send"], ["--user", "alice", "--scope", "send,read"]], ids=" ".join)
def test_a_key_is_all_that_is_printed(run: Run, alice: str, options: list[str]) -> None:
    result = run("key", "create", "ci", *options)

    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"ntf_\S{40,}\n", result.stdout)


def test_a_key_that_reads_for_nobody_is_refused(run: Run) -> None:
    result = run("key", "create", "ci", "--scope", "read")

    assert (result.exit_code, result.stdout) == (1, "")


def test_an_empty_database_is_made_ready(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    assert run("db", "upgrade", DATABASE_URL=url).exit_code == 0
    assert run("user", "create", "alice", "--password-stdin", input="correct horse\n", DATABASE_URL=url).exit_code == 0


@pytest.mark.parametrize("command", [["push", "hello"], ["listen", "--user", "alice"]], ids=" ".join)
def test_where_nobody_serves_it_says_so(run: Run, alice: str, command: list[str]) -> None:
    free = Port()
    result = run(*command, "--port", str(free.number))
    free.release()

    assert result.exit_code == 3
    assert "Is `notifier serve` running?" in result.stderr


@pytest.mark.parametrize(
    ("to", "meant"), [([], "all"), (["--to", "alice"], "user:alice"), (["--to", "group:staff"], "group:staff")], ids=str
)
def test_a_push_goes_to_whom_it_says(run: Run, to: list[str], meant: str) -> None:
    with serving(created('{"id": "1", "recipients": 2}')) as server:
        result = run("push", *to, "--title", "T", "--type", "success", "--port", port(server), "hello")

    assert (result.exit_code, result.stdout) == (0, "1 to 2 people\n")
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == {"to": meant, "message": "hello", "type": "success", "title": "T"}


def test_a_push_carries_the_key_it_is_given(run: Run) -> None:
    with serving(created('{"id": "1", "recipients": 1}')) as server:
        result = run("push", "--url", f"http://127.0.0.1:{port(server)}", "hello", API_KEY="a key")

    assert result.stdout == "1 to 1 person\n"
    assert b"Authorization: Bearer a key\r\n" in server.requests[0]


def test_a_push_that_is_refused_says_why(run: Run) -> None:
    with serving(GONE) as server:
        result = run("push", "--port", port(server), "hello")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "notifier: Signed out.\n")


def test_listening_prints_what_comes(run: Run, alice: str) -> None:
    stream = STREAM_HEAD + chunk(f"id: a-1\nevent: notification\ndata: {json.dumps(NOTIFICATION)}\n\n".encode()) + b"0\r\n\r\n"
    with serving(stream, GONE) as server:
        result = run("listen", "--user", alice, "--port", port(server))

    assert (result.exit_code, result.stderr) == (1, "notifier: Signed out.\n")
    assert result.stdout == "2026-01-01T10:00:00Z [success] Video Ready!: It has been\nprocessed.\n"


def test_listening_in_json_prints_an_event_a_line(run: Run, alice: str) -> None:
    stream = STREAM_HEAD + chunk(f"id: a-1\nevent: notification\ndata: {json.dumps(NOTIFICATION)}\n\n".encode()) + b"0\r\n\r\n"
    with serving(stream, GONE) as server:
        result = run("listen", "--json", "--user", alice, "--port", port(server))

    assert [json.loads(line) for line in result.stdout.splitlines()] == [{"event": "notification", "id": "a-1", "data": NOTIFICATION}]


def test_listening_for_nobody_is_refused(run: Run) -> None:
    result = run("listen", "--user", "nobody")

    assert (result.exit_code, result.stderr) == (1, "notifier: There is no user 'nobody'.\n")
