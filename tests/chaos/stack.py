"""The system under test: one process on SQLite, or instances on PostgreSQL and Redis.

The instances run behind nginx.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from notifier import create_app
from tests.api_client import Api
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.people import People
from tests.servers import Nginx, Notifier, Postgres, Redis, Served
from tests.servers.notifier import SECRET_KEY

if TYPE_CHECKING:
    from tests.chaos.outside import Outside

HEARTBEAT_SECONDS = 1
_SETTINGS: dict[str, object] = {"HEARTBEAT_SECONDS": HEARTBEAT_SECONDS, "KEEPALIVE_SECONDS": HEARTBEAT_SECONDS, "STREAM_MAX_PER_USER": 50}


@dataclass(frozen=True, slots=True)
class Stack:
    """`url` is where clients connect. Parts that a configuration lacks are None."""

    name: str
    url: str
    people: People
    instances: Sequence[Notifier]
    workers: int
    cluster: Postgres | None = None
    redis: Redis | None = None
    outside: Outside | None = None

    @property
    def database_url(self) -> str:
        return self.instances[0].database_url

    def processor_seconds(self) -> float:
        """The processor time of the instances so far, those of their workers that run now included."""
        processes = [psutil.Process(pid) for each in self.instances for pid in (each.pid, *each.workers())]
        return sum(used.user + used.system for used in (process.cpu_times() for process in processes))

    def log(self) -> str:
        return "\n".join(instance.log() for instance in self.instances)


@contextmanager
def embedded(*, program: type[Notifier] = Served, outside: Outside | None = None) -> Iterator[Stack]:
    """`notifier serve` by its defaults: SQLite, one process, no proxy. With `outside`, all channels are on."""
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="notifier-chaos-")))
        url = opened.enter_context(SqliteDatabases(home).fresh())
        server = opened.enter_context(program(url, home, settings=_SETTINGS | _outside_settings(outside)))
        yield opened.enter_context(_with_people("SQLite, one process", server.url, [server], 1, outside=outside))


@contextmanager
def spread(*, program: type[Notifier] = Served, instances: int = 2, workers: int = 2, outside: Outside | None = None) -> Iterator[Stack]:
    """Instances of several workers each, behind nginx, on PostgreSQL and Redis.

    Raises `PostgresMissing`, `RedisMissing` or `NginxMissing` if the machine lacks one of these.
    """
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="notifier-chaos-")))
        redis = opened.enter_context(Redis())
        cluster = opened.enter_context(Postgres(fsync=False))
        url = opened.enter_context(PostgresDatabases(cluster).fresh())
        settings = _SETTINGS | _outside_settings(outside) | {"REDIS_URL": redis.url, "TRUSTED_PROXIES": 1}
        servers = [program(url, home, args=("--workers", str(workers)), settings=settings) for _ in range(instances)]
        for server in servers:
            opened.callback(server.close)
            server.launch()
        for server in servers:
            server.wait_ready()
        front = opened.enter_context(Nginx([server.port for server in servers], home))
        name = f"PostgreSQL and Redis, {instances} instances of {workers} workers behind nginx"
        yield opened.enter_context(_with_people(name, front.url, servers, workers, cluster, redis, outside))


@contextmanager
def _with_people(
    name: str,
    url: str,
    instances: Sequence[Notifier],
    workers: int,
    cluster: Postgres | None = None,
    redis: Redis | None = None,
    outside: Outside | None = None,
) -> Iterator[Stack]:
    private = {"ALLOW_PRIVATE_TARGETS": True, "ALLOW_PRIVATE_PUSH": True}
    people = People(create_app({"DATABASE_URL": instances[0].database_url, "SECRET_KEY": SECRET_KEY} | private), Api(url))
    try:
        yield Stack(name, url, people, instances, workers, cluster, redis, outside)
    finally:
        people.close()


def _outside_settings(outside: Outside | None) -> dict[str, object]:
    return {} if outside is None else outside.settings
