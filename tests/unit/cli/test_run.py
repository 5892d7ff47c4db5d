"""A command with a session round it: its output, its signals and its exit code are what they would be without."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from notifier.cli import main
from notifier.cli.run import _run as run_command
from tests.databases import Databases
from tests.servers.notifier import ROOT, SECRET_KEY
from tests.servers.port import Port
from tests.waiting import eventually

CaptureBytes = pytest.CaptureFixture[bytes]


class Recorder:
    """A session that only writes down what it is told."""

    def __init__(self) -> None:
        self.reports: list[tuple[float | None, str | None]] = []
        self.error: str | None = None

    def report(self, progress: float | None = None, message: str | None = None) -> None:
        self.reports.append((progress, message))

    def fail(self, error: str) -> None:
        self.error = error

    @property
    def progress(self) -> float | None:
        """The last percentage it was told."""
        return next((progress for progress, _ in reversed(self.reports) if progress is not None), None)


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What a command does is the same on both."""
    return sqlite_databases


@pytest.fixture
def session() -> Recorder:
    return Recorder()


def run(session: Recorder, *command: str) -> int:
    return run_command(command, session)  # type: ignore[arg-type]


def shell(session: Recorder, script: str) -> int:
    return run(session, "sh", "-c", script)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"one line\n",
        b"no end",
        b"\r10%\r20%\r\n",
        b"\x00\xff\xfe bytes \x80\n",
        b"\x1b[1mbold\x1b[0m",
        b"\xe2\x80\xa8\n\n\n",
        os.urandom(300_000),
    ],
    ids=["nothing", "line", "unfinished", "bar", "no text", "colour", "line ends", "much"],
)
def test_the_output_is_passed_on_byte_for_byte(session: Recorder, capfdbinary: CaptureBytes, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "output").write_bytes(data)

    assert run(session, "cat", str(tmp_path / "output")) == 0
    assert capfdbinary.readouterr() == (data, b"")


def test_what_is_said_on_the_side_stays_there(session: Recorder, capfdbinary: CaptureBytes) -> None:
    assert shell(session, "echo out; echo 45% err >&2") == 0
    assert capfdbinary.readouterr() == (b"out\n", b"45% err\n")
    assert session.progress == 45


def test_what_says_nothing_of_progress_takes_nothing_back(session: Recorder) -> None:
    shell(session, "echo 45% >&2; sleep 0.05; echo out; echo 3")

    assert session.progress == 45


def test_output_is_passed_on_at_once_also_without_a_line_end(session: Recorder, tmp_path: Path) -> None:
    """The command goes on only when what it wrote has been seen."""
    os.mkfifo(tmp_path / "seen")
    threading.Thread(target=lambda: (eventually(lambda: session.reports), (tmp_path / "seen").write_text("yes\n"))).start()

    assert shell(session, f"printf '45%% of it'; read answer <{tmp_path}/seen; [ $answer = yes ]") == 0
    assert session.reports[0] == (45, "45% of it")


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_the_exit_code_is_passed_on_and_decides(session: Recorder, code: int) -> None:
    assert shell(session, f"echo last words; exit {code}") == code
    assert session.error == (f"exit code {code}" if code else None)


def test_a_command_that_a_signal_ended_has_failed(session: Recorder) -> None:
    assert shell(session, "kill -9 $$") == 137
    assert session.error == "ended by signal 9 (Killed)"


@pytest.mark.parametrize(("command", "code"), [("/nowhere/at/all", 127), ("/etc/passwd", 126)])
def test_a_command_that_cannot_be_run_has_failed(session: Recorder, command: str, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(session, command) == code
    assert session.error is not None and session.error.startswith(command)
    assert capfd.readouterr().err.startswith(f"notifier: {command}: ")


def test_a_daemon_that_it_leaves_behind_is_not_waited_for(session: Recorder) -> None:
    assert shell(session, "sleep 60 & echo $!; exit 4") == 4
    os.kill(int(session.reports[0][1] or ""), signal.SIGKILL)


class Sessions(ThreadingHTTPServer):
    """A server of sessions that only writes down what it is told; `refuses` all with that problem."""

    daemon_threads = True

    def __init__(self, port: int = 0, refuses: dict[str, Any] | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.refuses = refuses
        self.told: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Sessions

    def do_POST(self) -> None:
        body = loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = dumps(self.server.refuses or {}).encode()
        if not self.server.refuses:
            self.server.told.append(body)
        self.send_response(self.server.refuses["status"] if self.server.refuses else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(port: int = 0, **kwargs: Any) -> Iterator[Sessions]:
    with Sessions(port, **kwargs) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        try:
            yield server
        finally:
            server.shutdown()


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `notifier run` with these arguments; ended after the test."""
    children: list[subprocess.Popen[bytes]] = []

    def start(url: str, *args: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {"NOTIFIER_API_KEY": "a key"}
        command = [sys.executable, "-m", "notifier", "run", "--title", "Transcode", "--url", url, *args]
        children.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        )
        return children[-1]

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate()


def test_the_server_is_told_from_the_beginning_to_the_end(start: Start) -> None:
    with serving() as server:
        child = start(server.url, "--to", "alice", "--", "sh", "-c", "read x; echo 45% of $x; read y; exit 3")
        assert child.stdin is not None
        child.stdin.write(b"it\n")
        child.stdin.flush()
        eventually(lambda: server.told and server.told[-1].get("progress") == 45, within=20)
        out, err = child.communicate(b"go on\n", timeout=20)

    made, *moves = server.told
    assert (made["title"], made["owner"]) == ("Transcode", "alice")
    assert {"status": "processing", "progress": 45, "message": "45% of it"} in moves
    assert moves[-1] == {"status": "failed", "progress": 45, "message": "45% of it", "error": "exit code 3"}
    assert (child.returncode, out, err) == (3, b"45% of it\n", b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_on(start: Start, number: signal.Signals) -> None:
    script = f"trap 'echo heard; exit 5' {number.name.removeprefix('SIG')}; echo ready; while :; do sleep 0.05; done"
    with serving() as server:
        child = start(server.url, "--", "sh", "-c", script)
        eventually(lambda: any(state.get("message") == "ready" for state in server.told), within=20)
        child.send_signal(number)
        out, _ = child.communicate(timeout=20)

    assert (child.returncode, out) == (5, b"ready\nheard\n")


def test_what_the_server_refuses_is_said_before_anything_is_run(start: Start, tmp_path: Path) -> None:
    with serving(refuses={"status": 422, "detail": "owner: there is no user 'nobody'"}) as server:
        child = start(server.url, "--to", "nobody", "--", "touch", str(tmp_path / "trace"))
        out, err = child.communicate(timeout=20)

    assert (child.returncode, out, err) == (1, b"", b"notifier: owner: there is no user 'nobody'\n")
    assert not (tmp_path / "trace").exists()


def test_what_is_refused_in_the_middle_is_said_at_the_end_and_changes_nothing(start: Start) -> None:
    with serving() as server:
        child = start(server.url, "--", "sh", "-c", "echo ready; read x; exit 3")
        eventually(lambda: any(told.get("message") == "ready" for told in server.told), within=20)
        server.refuses = {"status": 401, "detail": "This key is no longer good."}
        out, err = child.communicate(b"go on\n", timeout=20)

    assert (child.returncode, out) == (3, b"ready\n")
    assert err == b"notifier: the watchers were not told all of it: This key is no longer good.\n"


def test_it_runs_while_the_server_is_away_and_catches_up(start: Start) -> None:
    port = Port()
    child = start(f"http://127.0.0.1:{port.number}", "--", "sh", "-c", "echo 45%; read x; exit 0")
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == b"45%\n"
    number = port.number
    port.release()
    with serving(number) as server:
        eventually(lambda: server.told and server.told[-1].get("progress") == 45, within=20)
        _, err = child.communicate(b"go on\n", timeout=20)

    assert (child.returncode, err) == (0, b"")
    assert (server.told[0]["title"], server.told[-1]["status"]) == ("Transcode", "processed")


def test_whoever_reads_no_further_ends_the_command(start: Start) -> None:
    with serving() as server:
        child = start(server.url, "--", "yes")
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()
        child.stdout = None
        assert child.wait(20) == 128 + signal.SIGPIPE


def test_everything_after_the_command_is_the_command_s(start: Start) -> None:
    with serving() as server:
        out, _ = start(server.url, "echo", "--title", "-h", "--", "x").communicate(timeout=20)

    assert out == b"--title -h -- x\n"


def test_on_the_server_s_machine_a_job_of_nobody_is_an_admin_s(database_url: str) -> None:
    environment = {"NOTIFIER_DATABASE_URL": database_url, "NOTIFIER_SECRET_KEY": SECRET_KEY, "NOTIFIER_API_KEY": None}
    invoke = partial(CliRunner().invoke, main, env=environment)
    invoke(["user", "create", "boss", "--admin", "--password-stdin"], input="correct horse\n")
    with serving() as server:
        port = str(server.server_address[1])
        codes = [invoke(["run", "--port", port, *to, "--", "sh", "-c", "true\ntrue"]).exit_code for to in ([], ["--to", "alice"])]

    assert codes == [0, 0]
    titled = [(told["title"], told["owner"]) for told in server.told if "title" in told]
    assert titled == [("sh -c 'true true'", "boss"), ("sh -c 'true true'", "alice")]
