"""gunicorn's configuration for `benchmarks.steady`: the server's own, and at SIGUSR2 the number of greenlets in the file `GREENLETS`.

Those of all pools, which serve requests and send on channels. The others are as many as they were at the start, and the garbage collector,
by which pools are found, does not know greenlets that run.
"""

import gc
import os
import signal
from pathlib import Path

import gevent
from gevent.pool import Group

exec((Path(__file__).parent.parent / "gunicorn.conf.py").read_text())
_begin = post_worker_init  # noqa: F821 - of the server's own


def post_worker_init(worker):
    _begin(worker)
    worker.counting = gevent.get_hub().loop.signal(signal.SIGUSR2)
    worker.counting.start(_count)


def _count():
    pools = [found for found in gc.get_objects() if isinstance(found, Group)]
    Path(os.environ["GREENLETS"]).write_text(str(sum(map(len, pools))))
