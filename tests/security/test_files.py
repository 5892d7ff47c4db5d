"""Files that the program makes, and errors of the database in logs."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from notifier import database
from notifier.models import User
from tests.databases import Databases
from tests.servers.notifier import PREFIX, ROOT

SECRET = "$argon2id$v=19$not-for-any-log"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Both: each has errors of its own."""
    chosen: Databases = request.getfixturevalue(f"{request.param}_databases")
    return chosen


@pytest.mark.security("S53", "S55")
def test_errors_of_the_database_show_no_values(app: Flask) -> None:
    """The role is not one of those that the check constraint allows."""
    wrong = insert(User).values(name="alice", name_key="alice", password_hash=SECRET, role="emperor")

    with pytest.raises(DBAPIError) as error, database.write() as transaction:
        transaction.execute(wrong)

    shown = "".join(traceback.format_exception(error.value))
    assert "constraint" in shown
    assert SECRET not in shown and "emperor" not in shown


@pytest.mark.security("S24")
def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    (tmp_path / "notifier").symlink_to(ROOT / "notifier")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}

    made = subprocess.run(
        [sys.executable, "-m", "notifier", "db", "upgrade"], cwd=tmp_path, env=environment, umask=0, capture_output=True, timeout=60
    )

    assert made.returncode == 0, made.stderr
    modes = {path.name: oct(path.stat().st_mode & 0o077) for path in (tmp_path / "instance", *(tmp_path / "instance").rglob("*"))}
    assert {"instance", "notifier.db", "secret_key"} <= modes.keys() and set(modes.values()) == {"0o0"}, modes
