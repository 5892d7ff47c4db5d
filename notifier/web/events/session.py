"""The JSON stream of one session, `GET /api/sessions/{id}/status/stream`."""

from __future__ import annotations

from notifier.models.session import FAILED, PROCESSED
from notifier.realtime.ports import ProgressRenderer
from notifier.realtime.snapshot import Session
from notifier.realtime.sse import Cursor, encode
from notifier.services.sessions.sessions import COMPLETE
from notifier.web.events.event import Event
from notifier.web.http.json_answers import event_data
from notifier.web.presenters.session import FailedProgress, Progress

EVENTS = {
    "progress": Event(Progress, "Status and progress: on connecting, and then with each change, at most four times a second."),
    "complete": Event(
        Progress,
        "The last event of a session that was processed. Then the server closes.",
        example={"status": PROCESSED, "progress": 100, "message": COMPLETE},
    ),
    "error": Event(
        FailedProgress,
        "The last event of a session that has failed. Then the server closes.",
        example={"status": FAILED, "message": "Session processing failed"},
    ),
}


class SessionEvents(ProgressRenderer):
    """The events of a session's stream. Between them there are only comments."""

    def progress(self, session: Session) -> bytes:
        row, event = session.shown, "progress"
        data = Progress.values(row)
        if session.ended and row.status == PROCESSED:
            data, event = data | {"message": COMPLETE}, "complete"
        elif session.ended:
            data, event = FailedProgress.values(row), "error"
        return encode(event_data(data), event=event, id=str(Cursor(session.epoch, session.version)))

    def bye(self, reason: str, retry_ms: int) -> bytes:
        """Only the time after which to reconnect.

        Clients of this stream know the events above and no others.
        """
        return b"retry: %d\n\n" % retry_ms
