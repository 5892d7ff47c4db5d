"""The last 24 hours at a glance."""

from __future__ import annotations

from notifier.services import figures
from notifier.web.admin.desk import an_admin, blueprint, desk


@blueprint.get("")
def index() -> str:
    return desk("overview.html", an_admin(), day=figures.last_day())
