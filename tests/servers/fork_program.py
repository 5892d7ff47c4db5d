"""A process that has loaded the product, and forks for each program that runs with it.

`tests.servers.forking` starts it. Standard input is a socket: a message is the description of one program with its standard streams and
a socket for its process id and, in the end, its exit code. End of file ends the process.

What is loaded is patched by gevent as a worker of gunicorn loads it. A fork is not patched: it may become a master, whose worker patches
itself. Everything else happens after the fork, as settings, command line and working directory of the program say.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
import threading
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

# What gunicorn's master imports, and its worker before it patches.
_OF_MASTER = ("gunicorn.app.wsgiapp", "gunicorn.arbiter", "notifier.realtime.worker", "notifier.logs", "prometheus_client.multiprocess")
_OF_WORKER = ("notifier.app", "notifier.scheduler", "notifier.realtime.redis_bus", "notifier.services.rate_limit_storage", "psycopg")
_MOST_BYTES = 262_144


def main() -> None:
    _load()
    module = _serve(socket.socket(fileno=os.dup(0)))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _load() -> None:
    """Import all, with metrics that each fork opens again in its own directory."""
    from gevent import monkey

    # gevent asks 25 times for plugins, for which all packages are read: most of the time that the start of a worker takes.
    metadata.entry_points = functools.cache(metadata.entry_points)  # type: ignore[assignment]
    gc.disable()
    sys.path[0] = str(Path(__file__).parents[2])
    with tempfile.TemporaryDirectory() as directory:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        for name in _OF_MASTER:
            import_module(name)
        register, os.register_at_fork = os.register_at_fork, lambda **_: None  # gevent's hooks are for patched processes that fork
        monkey.patch_all()
        os.register_at_fork = register
        for name in _OF_WORKER:
            import_module(name)
        from tests.compiled import share_compiled

        share_compiled(Path(sys.argv[1]))
    _restore(monkey.saved)  # type: ignore[attr-defined]
    gc.freeze()


def _restore(saved: dict[str, dict[str, Any]]) -> None:
    """Undo the patches of the standard library, for a worker to make them anew. What has been imported keeps those it has."""
    for name, originals in saved.items():
        if module := sys.modules.get(name):
            for attribute, original in originals.items():
                setattr(module, attribute, original)
    saved.clear()
    threading._after_fork()  # type: ignore[attr-defined]  # forget the main thread as gevent knew it


def _serve(control: socket.socket) -> str:
    """Fork for each message. Returns the name of the module to run, in the fork."""
    running: dict[int, socket.socket] = {}
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _report(running)
        if control.fileno() not in ready:
            continue
        message, files, _, _ = socket.recv_fds(control, _MOST_BYTES, 4)
        if not message:
            sys.exit()
        *streams, status = files
        if pid := os.fork():
            running[pid] = socket.socket(fileno=status)
            running[pid].send(str(pid).encode())
            for stream in streams:
                os.close(stream)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for other in (control, *running.values()):
            other.close()
        for number in (woken, wake, status):
            os.close(number)
        return _become(streams, **json.loads(message))


def _report(running: dict[int, socket.socket]) -> None:
    """Send the exit codes of the programs that have ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as connection, contextlib.suppress(BrokenPipeError):  # a test that was killed does not ask
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(streams: list[int], module: str, args: list[str], directory: str, environment: dict[str, str]) -> str:
    from gunicorn import config

    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(directory)
    config.Chdir.default = directory  # which gunicorn read when it was imported
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = args
    sys.path[0] = directory
    gc.enable()
    return module


if __name__ == "__main__":
    main()
