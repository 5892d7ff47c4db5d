"""What `notifier serve` imports before it becomes the server, which imports the whole program again."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.databases import Databases
from tests.servers.notifier import ROOT, SECRET_KEY
from tests.servers.port import Port

SERVE = """
import os, sys

def become(*command):
    print(*sorted(sys.modules))
    raise SystemExit

os.execv = become
from notifier.cli import main
main(sys.argv[1:])
"""
NOT_NEEDED = {"notifier.app", "notifier.web", "notifier.demo", "notifier.services.accounts"}
NOT_NEEDED |= {"alembic", "argon2", "flask_jwt_extended", "flask_migrate", "prometheus_client", "rich"}


def test_start_with_a_current_database_imports_only_settings_and_database(sqlite_databases: Databases) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFIER_", "COV_"))}
    with sqlite_databases.fresh() as url:
        port = Port()
        environment |= {"NOTIFIER_DATABASE_URL": url, "NOTIFIER_SECRET_KEY": SECRET_KEY}
        command = [sys.executable, "-c", SERVE, "serve", "--port", str(port.number)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        port.release()

    loaded = set(done.stdout.split())
    assert "notifier.services.maintenance.schema" in loaded, done.stderr
    assert not NOT_NEEDED & loaded
