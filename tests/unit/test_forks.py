"""A fork of the process that has loaded the product behaves as its command would (`tests.servers.forking`)."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.process import Process
from tests.waiting import eventually

SEEN = """
import gc, json, os, pathlib, signal, sys, threading, time

links = [os.readlink(link) for link in pathlib.Path("/proc/self/fd").iterdir() if link.is_symlink()]
files = [link for link in links if ".log" not in link and "/proc/" not in link and "deleted" not in link]  # deleted: of metrics
print(json.dumps({
    "name": __name__, "argv": sys.argv, "path": sys.path, "directory": os.getcwd(), "environment": dict(os.environ),
    "leads": os.getsid(0) == os.getpgid(0) == os.getpid(), "files": files,
    "signals": {name: str(signal.getsignal(name)) for name in (signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE, signal.SIGTERM)},
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "collects": gc.isenabled(), "sleep": repr(time.sleep),
    "thread": threading.current_thread() is threading.main_thread() and threading.main_thread().ident == threading.get_ident(),
    "input": sys.stdin.read(), "unbuffered": sys.stdout.write_through,
}))
"""

# As gunicorn's master and worker load the product.
PATCHED = """
import gunicorn.app.wsgiapp, json, sys, threading
import notifier.logs, notifier.realtime.worker, prometheus_client.multiprocess
from gevent import monkey

monkey.patch_all()
import notifier.app

originals = {id(value) for name, values in monkey.saved.items() if name in sys.modules for value in values.values() if callable(value)}
print(json.dumps({
    name: sorted(key for key, value in vars(module).items() if id(value) in originals)
    for name, module in list(sys.modules.items()) if not name.startswith("gevent")
} | {"thread": threading.current_thread() is threading.main_thread()}))
"""


def run(code: str, directory: Path, *, forked: bool) -> Process:
    (directory / "program.py").write_text(code)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "program", "an argument"]
    return Process(command, log=log(directory, forked), cwd=directory, env=environment, forked=forked)


def log(directory: Path, forked: bool = True) -> Path:
    return directory / f"{'forked' if forked else 'executed'}.log"


def printed(code: str, directory: Path, *, forked: bool) -> Any:
    process = run(code, directory, forked=forked)
    assert eventually(lambda: process.exit_code is not None, within=60)
    process.kill()
    assert process.exit_code == 0, log(directory, forked).read_text()
    return json.loads(log(directory, forked).read_text())


def test_fork_sees_what_its_command_would_see(tmp_path: Path) -> None:
    assert printed(SEEN, tmp_path, forked=True) == printed(SEEN, tmp_path, forked=False)


def test_fork_is_patched_as_its_command_would_be(tmp_path: Path) -> None:
    forked, executed = (printed(PATCHED, tmp_path, forked=forked) for forked in (True, False))
    assert {name: found for name, found in forked.items() if name in executed} == executed


def test_exit_code_of_a_fork_is_that_of_its_program(tmp_path: Path) -> None:
    process = run("raise SystemExit(3)", tmp_path, forked=True)
    assert eventually(lambda: process.exit_code is not None)
    process.kill()
    assert process.exit_code == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_fork_ends_by_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    process = run("import signal; print(flush=True); signal.pause()", tmp_path, forked=True)
    eventually(lambda: log(tmp_path).read_text())
    assert process.end(number, within=10) is not None
    process.kill()
    assert process.exit_code == -number
