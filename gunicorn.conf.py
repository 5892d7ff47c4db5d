"""How gunicorn serves notifier, also under `notifier serve`. Command-line options win over what stands here."""

import gc
import logging
import os
import shutil
import sys
import tempfile
import time
from ipaddress import ip_address

worker_class = "notifier.realtime.worker.Worker"
workers = 1
worker_connections = int(os.environ.get("NOTIFIER_STREAM_MAX_CONNECTIONS") or 20_000) + 1000
backlog = 4096
timeout = 15
graceful_timeout = 15
keepalive = 2
control_socket_disable = True
logger_class = "notifier.logs.GunicornLogger"
accesslog = "-"
secure_scheme_headers = {}  # what a proxy says counts by `TRUSTED_PROXIES` alone; gunicorn would hear anybody on this machine
_LOADED_WITHIN_SECONDS = 60
_WRONG_USAGE = 2  # the exit code of commands that were given what they cannot work with

# Where all workers write what they count; `notifier serve` has chosen a place. Before anything imports prometheus_client.
_OWN_COUNTS = None
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _OWN_COUNTS = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="notifier-metrics-")


def on_starting(server):
    """Anybody who reaches the server could guess a key that nobody chose; on this machine alone one may be made up."""
    if os.environ.get("NOTIFIER_SECRET_KEY") or os.environ.get("NOTIFIER_SECRET_KEY_FILE"):
        return
    for address in server.cfg.address:
        if isinstance(address, tuple) and not (address[0] == "localhost" or ip_address(address[0]).is_loopback):
            print(f"notifier: NOTIFIER_SECRET_KEY is not set. Serving on {address[0]} needs one: openssl rand -hex 32", file=sys.stderr)
            sys.exit(_WRONG_USAGE)


def on_reload(server):
    """SIGHUP: the old workers go when the new ones serve. gunicorn ends the old at once, and until the new ones have loaded the program,
    for seconds, nobody would answer. It starts as many as are configured after this: none, then.
    """
    new = [server.WORKERS[server.spawn_worker()] for _ in range(server.cfg.workers)]
    born = {worker: worker.tmp.last_update() for worker in new}
    deadline = time.monotonic() + _LOADED_WITHIN_SECONDS
    # A worker gives its first sign of life when it begins to serve. Another signal, or the end of a worker, does not wait for it.
    while time.monotonic() < deadline and server.SIG_QUEUE.empty():
        if all(worker.tmp.last_update() != born[worker] for worker in new):
            break
        time.sleep(0.05)
    server.cfg.set("workers", 0)


def post_fork(server, worker):
    """No search for garbage while the program is loaded, which makes much and drops little: it took a sixth of the start."""
    gc.disable()


def post_worker_init(worker):
    """What the program says goes where gunicorn's own messages go; streams are kept and scheduled work begins."""
    from notifier import scheduler
    from notifier.services.hints import STREAM_SERVER

    log = logging.getLogger("notifier")
    log.setLevel(logging.INFO)
    log.handlers, log.propagate = worker.log.error_log.handlers, False
    app = worker.app.wsgi()
    app.extensions[STREAM_SERVER].start()
    scheduler.start(app)
    # What is loaded stays: a full collection that has to scan it stops every stream for a tenth of a second.
    gc.collect()
    gc.freeze()
    gc.enable()


def worker_exit(server, worker):
    """Tells the other processes that the streams of this one have ended."""
    from notifier import scheduler

    scheduler.stop(worker.app.wsgi())


def when_ready(server):
    """The master, which serves nobody, has no say in the gauges."""
    _forget(os.getpid())


def child_exit(server, worker):
    """Takes the counts of a process that has gone out of the gauges."""
    _forget(worker.pid)


def on_exit(server):
    if _OWN_COUNTS:
        shutil.rmtree(_OWN_COUNTS, ignore_errors=True)


def _forget(pid):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)
