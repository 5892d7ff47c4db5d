"""A Redis for tests, with its own port and no persistence, which can be killed, frozen and sent commands."""

from __future__ import annotations

import shutil
from typing import Any

import redis

from tests.servers.port import LOOPBACK
from tests.servers.server import Server

_PROGRAMS = ("redis-server", "valkey-server")


class RedisMissing(Exception):
    """This machine has no Redis. The message names the searched programs."""


class Redis(Server):
    """`options`: configuration such as `maxmemory="3mb"`. A restart loses all data."""

    def __init__(self, **options: object) -> None:
        self._program = find_program()
        super().__init__()
        self._options: dict[str, object] = {"bind": LOOPBACK, "port": self.port, "save": "", "appendonly": "no", "dir": self.home}
        self._options |= {name.replace("_", "-"): value for name, value in options.items()}

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def launch(self) -> None:
        options = [part for name, value in self._options.items() for part in (f"--{name}", str(value))]
        self._run([self._program, *options], env={"LC_ALL": "C"})

    def answers(self) -> bool:
        try:
            return bool(self.command("PING"))
        except redis.RedisError:
            return False

    def command(self, *args: object) -> Any:
        """Send a command and return the reply."""
        with redis.Redis(port=self.port, protocol=2, socket_timeout=5) as client:
            return client.execute_command(*args)

    def close(self) -> None:
        """Stop Redis and remove its directory."""
        super().close()
        shutil.rmtree(self.home)


def find_program() -> str:
    """Return the path of the server program. Raises `RedisMissing`."""
    for program in _PROGRAMS:
        if found := shutil.which(program):
            return found
    raise RedisMissing(f"none of {', '.join(_PROGRAMS)} on PATH")
