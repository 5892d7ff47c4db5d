"""A user's pause as text."""

from __future__ import annotations

from notifier.models.columns import now
from notifier.services.accounts.page_settings import PageSettings
from notifier.services.preferences import local_times, pauses


def pause_text(chosen: PageSettings) -> str:
    """Until when the user has paused, in their zone; empty without a pause."""
    until = pauses.still(chosen.paused_until)
    return local_times.until(until, chosen.zone, now()) if until is not None else ""
