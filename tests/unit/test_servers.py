"""Servers of tests leave no processes behind, whatever happens to them or to the tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.servers import Postgres, PostgresMissing
from tests.servers.port import LOOPBACK, Port
from tests.servers.process import Process
from tests.waiting import eventually

CHILDLESS = ["tail", "-f", "/dev/null"]
WITH_CHILD = ["sh", "-c", "tail -f /dev/null & tail -f /dev/null"]


def is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(WITH_CHILD, log=tmp_path / "log", cwd=tmp_path, env=dict(os.environ))
    yield process
    process.kill()


def test_reserved_port_is_for_servers_only() -> None:
    port = Port()
    with socket.socket() as client, pytest.raises(OSError, match="in use"):
        client.bind((LOOPBACK, port.number))
    socket.create_server((LOOPBACK, port.number)).close()
    port.release()


def test_kill_ends_the_children(process: Process) -> None:
    children = eventually(lambda: [child.pid for child in process.children()])
    process.kill()
    assert all(map(is_gone, [process.pid, *children]))


def test_children_are_killed_after_their_parent(process: Process) -> None:
    children = eventually(lambda: [child.pid for child in process.children()])
    process.send_signal(signal.SIGKILL)
    eventually(lambda: not process.running)
    process.kill()
    eventually(lambda: all(map(is_gone, children)))


def test_signal_that_ends_all_returns_the_duration(tmp_path: Path) -> None:
    process = Process(CHILDLESS, log=tmp_path / "log", cwd=tmp_path, env=dict(os.environ))
    seconds = process.end(signal.SIGTERM, within=5.0)
    process.kill()
    assert seconds is not None
    assert process.exit_code == -signal.SIGTERM


def test_signal_that_does_not_end_all_is_reported(process: Process) -> None:
    eventually(process.children)
    assert process.end(signal.SIGTERM, within=0.1) is None


def test_servers_end_with_tests_that_are_killed(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal; from tests.servers.process import Process; here = pathlib.Path(os.environ['HERE']);"
        f"print(Process({WITH_CHILD!r}, log=here / 'log', cwd=here, env=dict(os.environ)).pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, env=os.environ | {"HERE": str(tmp_path)})
    eventually(lambda: is_gone(int(killed.stdout)))


@pytest.mark.postgres
def test_postgres_keeps_its_data_over_a_kill() -> None:
    try:
        cluster = Postgres(fsync=False)
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    with cluster:
        address = cluster.create_database().replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        cluster.kill()
        cluster.start()
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
