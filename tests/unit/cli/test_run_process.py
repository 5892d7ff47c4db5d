"""`notifier run` as a process: its requests, signals, and a server that refuses or is away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
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
from tests.servers.notifier import ROOT, SECRET_KEY
from tests.servers.port import Port
from tests.waiting import eventually


class Sessions(ThreadingHTTPServer):
    """A server that records the bodies of requests; with `refuses` it answers all with that problem."""

    daemon_threads = True

    def __init__(self, port: int = 0, refuses: dict[str, Any] | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.refuses = refuses
        self.received: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Sessions

    def do_PUT(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = dumps(self.server.refuses or {}).encode()
        if not self.server.refuses:
            self.server.received.append(body)
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
    """Start `notifier run` with these arguments; it is ended after the test."""
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


def test_server_gets_the_session_from_start_to_end(start: Start) -> None:
    with serving() as server:
        child = start(server.url, "--to", "alice", "--", "sh", "-c", "read x; echo 45% of $x; read y; exit 3")
        assert child.stdin is not None
        child.stdin.write(b"it\n")
        child.stdin.flush()
        eventually(lambda: server.received and server.received[-1].get("progress") == 45, within=20)
        out, err = child.communicate(b"go on\n", timeout=20)

    created, *moves = server.received
    assert (created["title"], created["owner"]) == ("Transcode", "alice")
    assert {"status": "processing", "progress": 45, "message": "45% of it"} in moves
    assert moves[-1] == {"status": "failed", "progress": 45, "message": "Took 0 s", "error": "exit code 3"}
    assert (child.returncode, out, err) == (3, b"45% of it\n", b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_on(start: Start, number: signal.Signals) -> None:
    script = f"trap 'echo heard; exit 5' {number.name.removeprefix('SIG')}; echo ready; while :; do sleep 0.05; done"
    with serving() as server:
        child = start(server.url, "--", "sh", "-c", script)
        eventually(lambda: any(state.get("message") == "ready" for state in server.received), within=20)
        child.send_signal(number)
        out, _ = child.communicate(timeout=20)

    assert (child.returncode, out) == (5, b"ready\nheard\n")


def test_refused_session_is_reported_before_the_command_runs(start: Start, tmp_path: Path) -> None:
    with serving(refuses={"status": 422, "detail": "owner: there is no user 'unknown'"}) as server:
        child = start(server.url, "--to", "unknown", "--", "touch", str(tmp_path / "trace"))
        out, err = child.communicate(timeout=20)

    assert (child.returncode, out, err) == (1, b"", b"notifier: owner: there is no user 'unknown'\n")
    assert not (tmp_path / "trace").exists()


def test_refusal_during_the_command_is_reported_at_its_end(start: Start) -> None:
    with serving() as server:
        child = start(server.url, "--", "sh", "-c", "echo ready; read x; exit 3")
        eventually(lambda: any(body.get("message") == "ready" for body in server.received), within=20)
        server.refuses = {"status": 401, "detail": "This key was revoked."}
        out, err = child.communicate(b"go on\n", timeout=20)

    assert (child.returncode, out) == (3, b"ready\n")
    assert err == b"notifier: the server did not get all of the progress: This key was revoked.\n"


def test_command_runs_while_the_server_is_away(start: Start) -> None:
    port = Port()
    child = start(f"http://127.0.0.1:{port.number}", "--", "sh", "-c", "echo 45%; read x; exit 0")
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == b"45%\n"
    number = port.number
    port.release()
    with serving(number) as server:
        eventually(lambda: server.received and server.received[-1].get("progress") == 45, within=20)
        _, err = child.communicate(b"go on\n", timeout=20)

    assert (child.returncode, err) == (0, b"")
    assert (server.received[0]["title"], server.received[-1]["status"]) == ("Transcode", "processed")


def test_closing_the_output_ends_the_command(start: Start) -> None:
    with serving() as server:
        child = start(server.url, "--", "yes")
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()
        child.stdout = None
        assert child.wait(20) == 128 + signal.SIGPIPE


def test_options_after_the_command_belong_to_it(start: Start) -> None:
    with serving() as server:
        out, _ = start(server.url, "echo", "--title", "-h", "--", "x").communicate(timeout=20)

    assert out == b"--title -h -- x\n"


def test_local_session_without_owner_belongs_to_an_admin(database_url: str) -> None:
    environment = {"NOTIFIER_DATABASE_URL": database_url, "NOTIFIER_SECRET_KEY": SECRET_KEY, "NOTIFIER_API_KEY": None}
    invoke = partial(CliRunner().invoke, main, env=environment)
    invoke(["user", "create", "boss", "--admin", "--password-stdin"], input="correct horse\n")
    with serving() as server:
        port = str(server.server_address[1])
        codes = [invoke(["run", "--port", port, *to, "--", "sh", "-c", "true\ntrue"]).exit_code for to in ([], ["--to", "alice"])]

    assert codes == [0, 0]
    titled = [(body["title"], body["owner"]) for body in server.received if "title" in body]
    assert titled == [("sh -c 'true true'", "boss"), ("sh -c 'true true'", "alice")]


@pytest.mark.parametrize("listens", [False, True], ids=["no listener", "no answer"])
def test_process_ends_3_seconds_after_the_command_without_a_server(start: Start, listens: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        number = silent.getsockname()[1]
        if not listens:
            silent.close()
        child = start(f"http://127.0.0.1:{number}", "--", "sh", "-c", "echo started; read x")
        assert child.stdout is not None
        assert child.stdout.readline() == b"started\n"
        started = time.monotonic()
        _, err = child.communicate(b"go on\n", timeout=30)

    assert time.monotonic() - started < 3.5
    assert b"the server did not get all of the progress" in err
