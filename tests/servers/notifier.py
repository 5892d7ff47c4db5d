"""The server under test: gunicorn with the project's own configuration, at once or by the project's own command line."""

from __future__ import annotations

import atexit
import functools
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.servers.port import LOOPBACK
from tests.servers.server import Server

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "NOTIFIER_"
SECRET_KEY = "only-for-tests-only-for-tests-only-for-tests"

_PROGRAM = (sys.executable, "-m", "notifier")
QUIET_SETTINGS = {"SECRET_KEY": SECRET_KEY, "LOGIN_RATE": "off", "SEND_RATE": "off", "STREAM_RATE": "off"}
_GONE_WITHIN_SECONDS = 20.0
_COMMAND_WITHIN_SECONDS = 60.0


class Notifier(Server):
    """One server with its database; `restart` keeps it.

    Its database has the project's schema already.
    `settings` have their names without prefix and override the quiet ones of the tests (no rates); None leaves one unset.
    """

    READY_WITHIN_SECONDS = 90.0

    def __init__(
        self, database_url: str, directory: Path, *, args: Sequence[str] = (), settings: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(directory)
        self.database_url = database_url
        self.settings = QUIET_SETTINGS | {"DATABASE_URL": database_url} | dict(settings or {})
        self._args = tuple(args)
        # A checkout of its own: the program looks for `instance/` beside the package.
        (self.home / "notifier").symlink_to(ROOT / "notifier")

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def workers(self) -> list[int]:
        """The process ids of the master's children."""
        return sorted(child.pid for child in self._started.children(deep=False))

    def launch(self) -> None:
        self._run(self.serving(), env=self.environment())

    def answers(self) -> bool:
        try:
            return self._get("/healthz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def serving(self) -> list[str]:
        """The command line of the server. A class for another way of serving redefines this method."""
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        return [*gunicorn, "--bind", f"{LOOPBACK}:{self.port}", *self._args, "notifier:create_app()"]

    def restart(self) -> None:
        """A new process on the same port and data, ready; the old one, where there is one, is killed first."""
        self.kill()
        self.start()

    def terminate(self, within: float = _GONE_WITHIN_SECONDS) -> float:
        """SIGTERM to the master; the seconds until it and all its workers were gone."""
        seconds = self._started.end(signal.SIGTERM, within)
        alive = [] if seconds is not None else [self.pid, *self.workers()]
        self._started.kill()
        assert seconds is not None, f"still there {within:g} s after SIGTERM: {alive}. {self.tail()}"
        return seconds

    def command(self, *args: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """`notifier ARGS` run to its end in a second shell beside this server, with `text` on its standard input."""
        return subprocess.run(
            [*_PROGRAM, *args],
            input=text or "",
            capture_output=True,
            text=True,
            cwd=self.home,
            env=self.environment(),
            timeout=_COMMAND_WITHIN_SECONDS,
        )

    def environment(self) -> dict[str, str]:
        """That of this process with this server's settings and no others: what a second shell of its operator would have."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PROMETHEUS_"))}
        chosen = {PREFIX + name: _written(value) for name, value in self.settings.items() if value is not None}
        return inherited | chosen | _bytecode() | {"PYTHONUNBUFFERED": "1"}

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name which have these labels; 0 when there is none."""
        status, text = self._get("/metrics")
        assert status == 200, f"/metrics: {status} {text}"
        families = text_string_to_metric_families(text)
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


class Served(Notifier):
    """Started as anybody would start it, by `notifier serve`, which takes twice as long: it loads the program to look at the database."""

    def serving(self) -> list[str]:
        return [*_PROGRAM, "serve", "--port", str(self.port), *self._args]


@functools.cache
def _bytecode() -> dict[str, str]:
    """Where Python may not keep bytecode, each server would compile all libraries anew, for seconds: they share a place of their own."""
    if not sys.dont_write_bytecode:
        return {}
    place = tempfile.mkdtemp(prefix="notifier-bytecode-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": place}


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
