"""Faults that happen to a stack in use.

Each is over, and all parts of the stack are up again, when its function returns.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from random import Random

import psycopg

from tests.chaos.client import Client
from tests.chaos.stack import Stack
from tests.servers import Notifier
from tests.servers.server import Server
from tests.waiting import eventually

_UP_AGAIN_WITHIN = 90.0
_OF_THE_APPLICATION = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where faults happen. `pause` waits for a number of seconds."""

    stack: Stack
    clients: Sequence[Client]
    random: Random
    pause: Callable[[float], object]


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind`: what fails. While the bus fails, every delivery takes at most two seconds."""

    name: str
    kind: str
    strike: Callable[[Scene], None]


def faults_of(stack: Stack) -> list[Fault]:
    """The faults that can happen to this stack."""
    chosen = [*_PROCESSES, *_CLIENTS]
    if stack.cluster is None:
        return [*chosen, *_SQLITE]
    chosen += _POSTGRES
    return chosen + (_REDIS if stack.redis is not None else [])


def _nothing(scene: Scene) -> None:
    scene.pause(2.0)


def _worker_killed(scene: Scene) -> None:
    instance, worker = _some_worker(scene)
    os.kill(worker, signal.SIGKILL)
    _wait_for_others_than(scene, instance, {worker})


def _worker_stopped(scene: Scene) -> None:
    """Stop a worker for less than gunicorn's time-out: its clients wait or reconnect."""
    _, worker = _some_worker(scene)
    os.kill(worker, signal.SIGSTOP)
    try:
        scene.pause(scene.random.uniform(1.0, 4.0))
    finally:
        os.kill(worker, signal.SIGCONT)


def _reloaded(scene: Scene) -> None:
    """Send SIGHUP, as for a new version or a changed setting."""
    instance = scene.random.choice(scene.stack.instances)
    before = set(instance.workers())
    os.kill(instance.pid, signal.SIGHUP)
    _wait_for_others_than(scene, instance, before)


def _instance_restarted(scene: Scene) -> None:
    """Send SIGTERM and start the instance again, as at a deploy."""
    instance = scene.random.choice(scene.stack.instances)
    instance.terminate(_UP_AGAIN_WITHIN)
    instance.launch()
    instance.wait_ready(_UP_AGAIN_WITHIN)


def _instance_killed(scene: Scene) -> None:
    scene.random.choice(scene.stack.instances).restart()


def _clients_cut(scene: Scene) -> None:
    """Cut a quarter of the clients, as when a train enters a tunnel."""
    for client in scene.random.sample(list(scene.clients), max(1, len(scene.clients) // 4)):
        client.cut.set()
    scene.pause(0.5)


def _sqlite_locked(scene: Scene) -> None:
    """Hold the write lock, as another process does that writes for seconds."""
    with closing(sqlite3.connect(scene.stack.database_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 10000")
        other.execute("BEGIN IMMEDIATE")
        scene.pause(scene.random.uniform(0.5, 3.0))
        other.execute("ROLLBACK")


def _postgres_restarted(scene: Scene) -> None:
    assert scene.stack.cluster is not None
    scene.stack.cluster.stop()
    scene.stack.cluster.start()


def _postgres_killed(scene: Scene) -> None:
    _killed(scene, scene.stack.cluster, longest=1.0)


def _postgres_stopped(scene: Scene) -> None:
    _stopped(scene, scene.stack.cluster)


def _backends_ended(scene: Scene) -> None:
    """Terminate all connections at once, as at a failover."""
    address = scene.stack.database_url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        for _ in range(3):
            connection.execute(_OF_THE_APPLICATION)
            scene.pause(scene.random.uniform(0.1, 0.5))


def _table_locked(scene: Scene) -> None:
    """Lock a table, as a migration does while the server runs."""
    with psycopg.connect(scene.stack.database_url.replace("+psycopg", "")) as connection:
        connection.execute("LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE")
        scene.pause(scene.random.uniform(0.5, 2.5))


def _redis_killed(scene: Scene) -> None:
    _killed(scene, scene.stack.redis, longest=2.0)


def _redis_stopped(scene: Scene) -> None:
    _stopped(scene, scene.stack.redis)


def _redis_clients_cut(scene: Scene) -> None:
    assert scene.stack.redis is not None
    for kind in ("pubsub", "normal"):
        scene.stack.redis.command("CLIENT", "KILL", "TYPE", kind)
        scene.pause(scene.random.uniform(0.0, 0.5))


_PROCESSES = [
    Fault("nothing", "none", _nothing),
    Fault("worker killed -9", "process", _worker_killed),
    Fault("worker stopped", "process", _worker_stopped),
    Fault("reloaded by SIGHUP", "process", _reloaded),
    Fault("instance restarted by SIGTERM", "process", _instance_restarted),
    Fault("instance killed -9", "process", _instance_killed),
]
_CLIENTS = [Fault("clients cut", "client", _clients_cut)]
_SQLITE = [Fault("SQLite locked", "database", _sqlite_locked)]
_POSTGRES = [
    Fault("PostgreSQL restarted", "database", _postgres_restarted),
    Fault("PostgreSQL killed -9", "database", _postgres_killed),
    Fault("PostgreSQL stopped", "database", _postgres_stopped),
    Fault("backends ended", "database", _backends_ended),
    Fault("table locked", "database", _table_locked),
]
_REDIS = [
    Fault("Redis killed -9", "bus", _redis_killed),
    Fault("Redis stopped", "bus", _redis_stopped),
    Fault("Redis' clients cut", "bus", _redis_clients_cut),
]


def _killed(scene: Scene, server: Server | None, *, longest: float) -> None:
    """Kill the server, and start it again after a while."""
    assert server is not None
    server.kill()
    scene.pause(scene.random.uniform(0.0, longest))
    server.start()


def _stopped(scene: Scene, server: Server | None) -> None:
    """Freeze the server: it accepts connections and answers no request."""
    assert server is not None
    server.freeze()
    try:
        scene.pause(scene.random.uniform(1.0, 5.0))
    finally:
        server.thaw()


def _some_worker(scene: Scene) -> tuple[Notifier, int]:
    instance = scene.random.choice(scene.stack.instances)
    return instance, scene.random.choice(eventually(instance.workers))


def _wait_for_others_than(scene: Scene, instance: Notifier, before: set[int]) -> None:
    """Wait for the full number of workers, none of which is in `before`."""

    def replaced() -> bool:
        workers = set(instance.workers())
        return len(workers) >= scene.stack.workers and not workers & before

    eventually(replaced, within=_UP_AGAIN_WITHIN, why=instance.tail)
