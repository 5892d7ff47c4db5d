"""How gunicorn serves notifier, also under `notifier serve`. Command-line options win over what stands here."""

import gc
import logging
import os
import sys
from ipaddress import ip_address

worker_class = "notifier.realtime.worker.Worker"
workers = 1
worker_connections = int(os.environ.get("NOTIFIER_STREAM_MAX_CONNECTIONS") or 20_000) + 1000
backlog = 4096
timeout = 15
graceful_timeout = 15
keepalive = 2
control_socket_disable = True
accesslog = "-"
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(D)sus'


def on_starting(server):
    """Anybody who reaches the server could guess a key that nobody chose; on this machine alone one may be made up."""
    if os.environ.get("NOTIFIER_SECRET_KEY") or os.environ.get("NOTIFIER_SECRET_KEY_FILE"):
        return
    for address in server.cfg.address:
        if isinstance(address, tuple) and not (address[0] == "localhost" or ip_address(address[0]).is_loopback):
            sys.exit(f"NOTIFIER_SECRET_KEY is not set. Serving on {address[0]} needs one: openssl rand -hex 32")


def post_worker_init(worker):
    """What the program says goes where gunicorn's own messages go; streams are kept and scheduled work begins."""
    from notifier import scheduler
    from notifier.services.hint import ENGINE

    log = logging.getLogger("notifier")
    log.setLevel(logging.INFO)
    log.handlers, log.propagate = worker.log.error_log.handlers, False
    app = worker.app.wsgi()
    app.extensions[ENGINE].start()
    scheduler.start(app)
    # What is loaded stays: a full collection that has to scan it stops every stream for a tenth of a second.
    gc.collect()
    gc.freeze()


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


def _forget(pid):
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid)
