"""The last 24 hours at a glance."""

from __future__ import annotations

from notifier.services.maintenance import statistics
from notifier.web.admin.layout import an_admin, blueprint, desk


@blueprint.get("")
def index() -> str:
    return desk("overview.html", an_admin(), day=statistics.last_day())
