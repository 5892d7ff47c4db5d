"""The time that a form gives: a choice such as "tomorrow", or a wall time in the user's zone."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from flask import request

from notifier.errors import invalid
from notifier.models.columns import now
from notifier.services.accounts import page_settings
from notifier.services.accounts.users import Account
from notifier.services.preferences import local_times
from notifier.services.preferences.local_times import When


def when(account: Account) -> datetime:
    """The instant that the request names. Raises `Invalid` on `for` or `until`."""
    zone, chosen = page_settings.get(account.id).zone, request.values.get("for", "")
    for choice in get_args(When):
        if choice == chosen:
            return local_times.ahead(choice, zone, now())
    if chosen:
        raise invalid("for", "must be hour, tomorrow or monday")
    try:
        return local_times.local(request.values.get("until", ""), zone)
    except ValueError:
        raise invalid("until", "must be a date and a time such as 2026-12-01T08:00") from None
