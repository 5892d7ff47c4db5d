"""The JSON stream of one session, `GET /api/sessions/{id}/status/stream` (contract §3.4), as bytes."""

from __future__ import annotations

from notifier.models.session import PROCESSED
from notifier.realtime.snapshot import Session
from notifier.realtime.sse import Cursor, encode
from notifier.services.sessions.sessions import COMPLETE
from notifier.web.presenters.json_items import compact
from notifier.web.presenters.session_json import standing


class SessionEvents:
    """A `notifier.realtime.ports.ProgressRenderer`. Between its events there are only comments."""

    def progress(self, session: Session) -> bytes:
        data, event = standing(session.shown), "progress"
        if session.ended and session.shown.status == PROCESSED:
            data, event = data | {"message": COMPLETE}, "complete"
        elif session.ended:
            data, event = data | {"error": session.shown.error}, "error"
        return encode(compact(data), event=event, id=str(Cursor(session.epoch, session.version)))

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        return b""

    def bye(self, reason: str, retry_ms: int) -> bytes:
        """No event: its clients know those above alone."""
        return b"retry: %d\n\n" % retry_ms
