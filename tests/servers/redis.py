"""A Redis of the tests' own: its own port, nothing on disk, killed, frozen and told things at will."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import redis

from tests.servers.port import LOOPBACK, Port
from tests.servers.process import Process
from tests.waiting import eventually

_PROGRAMS = ("redis-server", "valkey-server")
_READY_WITHIN_SECONDS = 10.0
_STOPPED_WITHIN_SECONDS = 10.0


class RedisMissing(Exception):
    """This machine has no Redis. The text says what is looked for."""


class Redis:
    """Running between `start` and `kill`, on one port all its life. As a context manager it answers inside, and is gone after.

    `options`: of its configuration, such as `maxmemory="3mb"`.
    """

    def __init__(self, **options: object) -> None:
        self._program = find_program()
        self._home = Path(tempfile.mkdtemp(prefix="notifier-redis-"))
        self._port = Port()
        self._process: Process | None = None
        self._options: dict[str, object] = {"bind": LOOPBACK, "port": self.port, "save": "", "appendonly": "no", "dir": self._home}
        self._options |= {name.replace("_", "-"): value for name, value in options.items()}

    def __enter__(self) -> Redis:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Returns when it answers; also after `kill`, on the same port, with nothing left of what it held."""
        options = [part for name, value in self._options.items() for part in (f"--{name}", str(value))]
        self._process = Process([self._program, *options], log=self._home / "log", cwd=self._home, env={"LC_ALL": "C"})
        eventually(self._answers, within=_READY_WITHIN_SECONDS, why=self.log)

    def stop(self) -> None:
        """A clean end."""
        if self._process is not None and self._process.running:
            self._process.thaw()
            self._process.end(signal.SIGTERM, _STOPPED_WITHIN_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def freeze(self) -> None:
        """Connections stay open, new ones are even accepted by the kernel, and nobody answers."""
        assert self._process is not None
        self._process.freeze()

    def thaw(self) -> None:
        assert self._process is not None
        self._process.thaw()

    def command(self, *words: object) -> Any:
        """What it answers to `words`."""
        with redis.Redis(port=self.port, protocol=2, socket_timeout=5) as client:
            return client.execute_command(*words)

    def close(self) -> None:
        """Ends it and removes it from the disk."""
        self.kill()
        self._port.release()
        shutil.rmtree(self._home)

    def log(self) -> str:
        log = self._home / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def _answers(self) -> bool:
        assert self._process is not None
        if not self._process.running:
            raise AssertionError(f"Redis ended with {self._process.exit_code}. {self.log()}")
        try:
            return bool(self.command("PING"))
        except redis.RedisError:
            return False


def find_program() -> str:
    """Raises `RedisMissing`."""
    for program in _PROGRAMS:
        if found := shutil.which(program):
            return found
    raise RedisMissing(f"none of {', '.join(_PROGRAMS)} on PATH")
