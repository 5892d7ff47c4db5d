"""The statistics of the last 24 hours."""

from __future__ import annotations

from notifier.services.maintenance import statistics
from notifier.web.admin.layout import blueprint, current_admin, render_admin_page


@blueprint.get("")
def overview() -> str:
    return render_admin_page("overview.html", current_admin(), day=statistics.last_day())
