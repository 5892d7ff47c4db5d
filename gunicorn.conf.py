"""gunicorn configuration, also for `notifier serve`. Command-line options win over these values."""

import gc
import logging
import os
import shutil
import sys
import time
from ipaddress import ip_address

from notifier.environment import metrics_directory

os.umask(0o077)  # files made here are for this user alone, whatever the service manager says

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
# Only `TRUSTED_PROXIES` decides about proxies: gunicorn would believe every local client, also with `SCRIPT_NAME` and `PATH_INFO`.
secure_scheme_headers = {}
forwarder_headers = ""
forwarded_allow_ips = ""
_LOADED_WITHIN_SECONDS = 60
_FULL_COLLECTION_AFTER = 100  # collections of younger objects; 10 by default
_WRONG_USAGE = 2  # the exit code for invalid arguments and settings

# The directory of all workers' metrics; `notifier serve` has set it. Must be set before prometheus_client is imported.
_OWN_METRICS = None
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _OWN_METRICS = os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_directory()


def on_starting(server):
    """Require a secret key on all addresses but loopback, where one is generated, and loopback for the single-user mode."""
    if os.environ.get("NOTIFIER_OPEN_TO", "").strip():
        for address in server.cfg.address:
            if not (isinstance(address, tuple) and (address[0] == "localhost" or ip_address(address[0]).is_loopback)):
                print(f"notifier: NOTIFIER_OPEN_TO serves only this machine: {address} is no loopback address", file=sys.stderr)
                sys.exit(_WRONG_USAGE)
    if os.environ.get("NOTIFIER_SECRET_KEY") or os.environ.get("NOTIFIER_SECRET_KEY_FILE"):
        return
    for address in server.cfg.address:
        if isinstance(address, tuple) and not (address[0] == "localhost" or ip_address(address[0]).is_loopback):
            print(f"notifier: NOTIFIER_SECRET_KEY is not set. Serving on {address[0]} needs one: openssl rand -hex 32", file=sys.stderr)
            sys.exit(_WRONG_USAGE)


def on_reload(server):
    """SIGHUP: end the old workers when the new ones serve.

    gunicorn would end the old ones at once, and no process would answer for the seconds that the new ones take to load. It starts the
    configured number of workers after this, which is therefore set to none.
    """
    new = [server.WORKERS[server.spawn_worker()] for _ in range(server.cfg.workers)]
    started = {worker: worker.tmp.last_update() for worker in new}
    deadline = time.monotonic() + _LOADED_WITHIN_SECONDS
    # A worker first updates its file when it begins to serve. Another signal, or the end of a worker, ends the wait.
    while time.monotonic() < deadline and server.SIG_QUEUE.empty():
        if all(worker.tmp.last_update() != started[worker] for worker in new):
            break
        time.sleep(0.05)
    server.cfg.set("workers", 0)


def post_fork(server, worker):
    """Disable garbage collection while the program is loaded.

    It took a sixth of the start and freed little.
    """
    gc.disable()


def post_worker_init(worker):
    """Log to gunicorn's handlers, and start streams and background work."""
    from notifier import scheduler
    from notifier.services.hints import STREAM_SERVER

    log = logging.getLogger("notifier")
    log.setLevel(logging.INFO)
    log.handlers, log.propagate = worker.log.error_log.handlers, False
    if worker.age == 1 and _OWN_METRICS:  # `notifier serve` has done so
        _warn_of_unknown_settings(log)
    app = worker.app.wsgi()
    app.extensions[STREAM_SERVER].start()
    scheduler.start(app)
    # Loaded code is never freed: a full collection that scans it stops every stream for a tenth of a second. None is made before, since
    # loading leaves little to free. One that scans 10,000 streams takes 15 to 30 ms and frees next to nothing: during broadcasts Python
    # would make one a second, so that it makes them ten times as rarely here (measured).
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _FULL_COLLECTION_AFTER)
    gc.enable()


def _warn_of_unknown_settings(log):
    from notifier.config import Settings
    from notifier.environment import warnings

    for line in warnings(os.environ, Settings.model_fields):
        log.warning(line)


def pre_request(worker, request):
    """Log nothing, in place of gunicorn's own, which asks for each request whether the log is for debugging."""


def worker_exit(server, worker):
    """Record in the database that the streams of this process have ended."""
    from notifier import scheduler

    scheduler.stop(worker.app.wsgi())


def when_ready(server):
    """Remove the master process, which serves no clients, from the gauges."""
    _forget(os.getpid())


def child_exit(server, worker):
    """Remove a process that has exited from the gauges."""
    _forget(worker.pid)


def on_exit(server):
    """Remove the metrics directory."""
    directory = os.environ["PROMETHEUS_MULTIPROC_DIR"]
    if f"-{os.getpid()}-" in directory:  # made by this process, or by `notifier serve`, which has become it
        shutil.rmtree(directory, ignore_errors=True)


def _forget(pid):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)
