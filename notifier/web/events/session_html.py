"""The HTML stream of one session, `GET /sessions/{id}/stream`: the part of the page that changes, and at its end a named event."""

from __future__ import annotations

from flask import current_app

from notifier.realtime.snapshot import Session
from notifier.realtime.sse import Cursor, encode
from notifier.web.events.partials import Partials
from notifier.web.events.session import SessionEvents
from notifier.web.presenters.json_items import compact
from notifier.web.presenters.session import bar
from notifier.web.presenters.session_json import standing

END = "end"
"""What tells htmx not to come back: a stream that merely closes is opened again."""
_RENDERER = "notifier.session_html_events"


def session_html_events() -> SessionHtmlEvents:
    """This application's: one for all streams, so that all get the same bytes."""
    found: SessionHtmlEvents = current_app.extensions.setdefault(_RENDERER, SessionHtmlEvents(Partials(current_app.jinja_env)))
    return found


class SessionHtmlEvents(SessionEvents):
    """A `notifier.realtime.ports.ProgressRenderer`."""

    def __init__(self, partials: Partials) -> None:
        self._draw = partials

    def progress(self, session: Session) -> bytes:
        cursor = str(Cursor(session.epoch, session.version))
        told = encode(self._draw.progress(bar(session.shown)), id=cursor)
        return told + encode(compact(standing(session.shown)), event=END, id=cursor) if session.ended else told
