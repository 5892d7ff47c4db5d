"""`notifier push` imports no more than it needs: nearly all of its processor time is imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.notifier import ROOT, SECRET_KEY
from tests.unit.scripted_server import serving

SLOW = {
    "flask",
    "werkzeug",
    "sqlalchemy",
    "gevent",
    "pydantic",
    "httpx",
    "jinja2",
    "jwt",
    "prometheus_client",
    "asyncio",
}
MOST_MODULES = 260
"""195 with Python 3.11; with what the server imports it is above 1,500."""
PUSH = """
import sys
from notifier.cli import main
main(sys.argv[1:], standalone_mode=False)
print(*sorted(sys.modules), file=sys.stderr)
"""
CREATED = b'HTTP/1.1 201 Created\r\nContent-Length: 28\r\nConnection: close\r\n\r\n{"id": "1", "recipients": 1}'


@pytest.mark.parametrize("settings", [{"NOTIFIER_API_KEY": "ntf_key"}, {"NOTIFIER_SECRET_KEY": SECRET_KEY}], ids=["key", "own secret"])
def test_push_imports_no_server_library(settings: dict[str, str], tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFIER_", "COV_"))}
    with serving(CREATED) as server:
        port = server.url.rpartition(":")[2].partition("/")[0]
        command = [sys.executable, "-c", PUSH, "push", "--port", port, "--to", "alice", "hello"]
        done = subprocess.run(command, cwd=ROOT, env=environment | settings, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout) == (0, "1 to 1 person\n"), done.stderr
    imported = set(done.stderr.split())
    assert not {name.partition(".")[0] for name in imported} & SLOW
    assert len(imported) < MOST_MODULES
