"""Report the connection pool of this process."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import QueuePool

from notifier import metrics
from notifier.database import idle_connections
from notifier.extensions import db


def report_pool() -> bool:
    """Set the gauges of the pool.

    Returns False, as steps of the scheduler do that have no more to do.
    """
    pool = db.engine.pool
    if isinstance(pool, QueuePool):
        idle = idle_connections.idle(db.engine)
        in_use, limit = pool.checkedout() - idle, current_app.config["DB_POOL_SIZE"]
        for state, count in (("in_use", in_use), ("idle", pool.checkedin() + idle), ("limit", limit)):
            metrics.db_pool.labels(state).set(count)
    return False
