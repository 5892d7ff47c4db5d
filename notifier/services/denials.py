"""Denied requests in the audit log, so that an admin sees who tries what is not theirs."""

from __future__ import annotations

import logging

from notifier.errors import Forbidden, Unavailable
from notifier.services import audit
from notifier.services.rate_limits import rates

_log = logging.getLogger("notifier.denials")
# Each entry is a commit: a caller who is denied in a loop must not fill the log.
_NOTED_RATE = "10/minute"


def note(refusal: Forbidden, method: str, path: str) -> None:
    """Add an entry for a caller who is known. One that is not has given nothing to be identified by."""
    who = audit.actor().who
    if not who or not rates().within(_NOTED_RATE, "denied", who):
        return
    try:
        audit.note_alone("denied", f"{method} {path}", f"{refusal.code}: {refusal.detail}")
    except Unavailable as error:
        _log.warning("a denial is not in the audit log: %s", error)
