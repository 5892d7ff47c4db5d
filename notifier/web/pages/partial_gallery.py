"""A page that shows each partial in each of its states, for work on templates and styles.

Registered only with `DEMO`.
"""

from __future__ import annotations

from datetime import date

from flask import render_template

from notifier.errors import Forbidden, Invalid, TooMany
from notifier.web.pages import partial_samples as samples
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.history import Day, History, HistoryQuery
from notifier.web.pages.preferences import LABELS, VALUES

blueprint = page_blueprint("dev", __name__, url_prefix="/dev")


@blueprint.get("/partials")
def partials() -> str:
    """Needs no sign-in: all data is made up, and no form works."""
    notifications = samples.notifications()
    return render_template(
        "pages/partial_gallery.html",
        notifications=notifications,
        histories=_histories(),
        unread_counts=(0, 1, 9, 10, 1234),
        bars=samples.bars(),
        sample_sessions=samples.sessions(),
        undo_offers=samples.undo_offers(),
        receipts_samples=samples.receipts(),
        connection_lists=samples.connections(),
        previews=samples.previews(),
        category_forms={"new": {}},
        channel_labels=LABELS,
        channel_values=VALUES,
        refusals=(
            Forbidden("This page is not for your role. Ask an admin if you need it."),
            Invalid("title: must not be longer than 200 characters"),
            TooMany("Too many attempts. Try again in 30 seconds.", retry_after=30),
        ),
    )


def _histories() -> dict[str, History]:
    items = list(samples.notifications().values())
    days = [Day(date(2026, 1, 2), "Today", items[:2]), Day(date(2026, 1, 1), "Yesterday", items[2:3])]
    types = ("info", "error")
    return {
        "empty": History(HistoryQuery(), [], 0, 0, None, (), "through=1"),
        "no match": History(HistoryQuery(q="nothing"), [], 0, 0, None, types, "q=nothing&through=1"),
        "one": History(HistoryQuery(), [Day(date(2026, 1, 2), "Today", items[:1])], 1, 1, None, types, "through=1"),
        "two days, more to load": History(HistoryQuery(), days, 45, 7, 3, types, "through=1"),
        "filtered": History(HistoryQuery(status="unread"), days[:1], 2, 2, None, types, "status=unread&through=1"),
    }
