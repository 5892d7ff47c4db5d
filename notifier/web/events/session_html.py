"""The HTML stream of one session, `GET /sessions/{id}/stream`.

It carries the progress bar of the page, and a named event at the end.
"""

from __future__ import annotations

from flask import current_app

from notifier.realtime.snapshot import Session
from notifier.realtime.sse import Cursor, encode
from notifier.web.events.partials import Partials
from notifier.web.events.session import SessionEvents
from notifier.web.http.json_answers import event_data
from notifier.web.presenters.session import Progress, progress_bar

END = "end"
"""The event at which htmx does not reconnect: it opens a stream that only closes again."""
_RENDERER = "notifier.session_html_events"


def session_html_events() -> SessionHtmlEvents:
    """The application's renderer: one for all streams, so that all of them share the same bytes."""
    found: SessionHtmlEvents = current_app.extensions.setdefault(_RENDERER, SessionHtmlEvents(Partials(current_app.jinja_env)))
    return found


class SessionHtmlEvents(SessionEvents):
    """A `notifier.realtime.ports.ProgressRenderer`."""

    def __init__(self, partials: Partials) -> None:
        self._draw = partials

    def progress(self, session: Session) -> bytes:
        cursor = str(Cursor(session.epoch, session.version))
        bar = encode(self._draw.progress(progress_bar(session.shown)), id=cursor)
        return bar + encode(event_data(Progress.values(session.shown)), event=END, id=cursor) if session.ended else bar
