"""The server under test: gunicorn with the project's configuration, or `notifier serve`."""

from __future__ import annotations

import http.client
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.servers.bytecode import shared_bytecode
from tests.servers.command import Command, Completed
from tests.servers.port import LOOPBACK
from tests.servers.server import Server

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "NOTIFIER_"
SECRET_KEY = "only-for-tests-only-for-tests-only-for-tests"

_PROGRAM = (sys.executable, "-m", "notifier")
QUIET_SETTINGS = {"SECRET_KEY": SECRET_KEY, "LOGIN_RATE": "off", "SEND_RATE": "off", "STREAM_RATE": "off"}
_GONE_WITHIN_SECONDS = 20.0


class Notifier(Server):
    """A server with its database, which `restart` keeps.

    The database must already have the project's schema.
    `settings`: names without the prefix; they override `QUIET_SETTINGS` (no rate limits). None leaves a setting unset.
    """

    forked = True
    """Whether the server and its commands run in forks of a process that has loaded the product, for a tenth of the processor time."""

    def __init__(
        self, database_url: str, directory: Path, *, args: Sequence[str] = (), settings: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(directory)
        self.database_url = database_url
        self.settings = QUIET_SETTINGS | {"DATABASE_URL": database_url} | dict(settings or {})
        self._args = tuple(args)
        # Looks like a checkout of its own, since the program looks for `instance/` beside the package.
        (self.home / "notifier").symlink_to(ROOT / "notifier")

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def workers(self) -> list[int]:
        """Return the process ids of the master's children."""
        return sorted(child.pid for child in self._started.children(deep=False))

    def launch(self) -> None:
        self._run(self.serving(), env=self.environment(), forked=self.forked)

    def answers(self) -> bool:
        try:
            return self._get("/healthz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def serving(self) -> list[str]:
        """Return the command line of the server. Subclasses override it."""
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        return [*gunicorn, "--bind", f"{LOOPBACK}:{self.port}", *self._args, "notifier:create_app()"]

    def restart(self) -> None:
        """Kill the process if it runs, and start another one with the same port and data. Returns when it is ready."""
        self.kill()
        self.start()

    def terminate(self, within: float = _GONE_WITHIN_SECONDS) -> float:
        """Send SIGTERM to the master. Returns the seconds until it and all its workers had ended."""
        seconds = self._started.end(signal.SIGTERM, within)
        alive = [] if seconds is not None else [self.pid, *self.workers()]
        self._started.kill()
        assert seconds is not None, f"still running {within:g} s after SIGTERM: {alive}. {self.tail()}"
        return seconds

    def begin(self, *args: str) -> Command:
        """Start `notifier ARGS` with the settings of this server."""
        return Command(*args, cwd=self.home, env=self.environment(), forked=self.forked)

    def command(self, *args: str) -> Completed:
        """Run `notifier ARGS` to its end with the settings of this server."""
        return self.begin(*args).completed()

    def environment(self) -> dict[str, str]:
        """Return the environment of this process with the settings of this server and no others."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PROMETHEUS_"))}
        chosen = {PREFIX + name: _written(value) for name, value in self.settings.items() if value is not None}
        return inherited | chosen | shared_bytecode() | {"PYTHONUNBUFFERED": "1"}

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of the metric's samples that have these labels; 0 when there are none."""
        status, text = self._get("/metrics")
        assert status == 200, f"/metrics: {status} {text}"
        # Only its lines, as each test with a server reads one: the parser takes longer for all than the server does to write them.
        lines = [line for line in text.splitlines(keepends=True) if line.startswith(name)]
        families = text_string_to_metric_families("".join(lines))
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    def _get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


class Executed(Notifier):
    """Started by its command line, for what depends on that or on how long the program takes to load."""

    forked = False


class Served(Notifier):
    """Started by `notifier serve`, which checks the database first, and then executes gunicorn."""

    def serving(self) -> list[str]:
        return [*_PROGRAM, "serve", "--port", str(self.port), *self._args]


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
