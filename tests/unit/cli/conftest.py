"""The command `notifier` in the test's own process, with a database of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from notifier.cli import main
from tests.databases import Databases
from tests.servers.notifier import SECRET_KEY

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """One kind: what commands print does not depend on it."""
    return sqlite_databases


@pytest.fixture
def run(database_url: str) -> Run:
    """Run `notifier` with these arguments, `input`, and settings by their names without prefix.

    A setting of None is not set.
    """

    def run(*args: str, input: str | None = None, **settings: str | None) -> Result:
        chosen = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY} | settings
        environment = {f"NOTIFIER_{name}": value for name, value in chosen.items()}
        return CliRunner().invoke(main, args, prog_name="notifier", input=input, env=environment)

    return run
