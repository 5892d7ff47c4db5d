"""The streams of one session, for programs and for pages. As on all streams, what can be refused is refused before they begin."""

from __future__ import annotations

from flask import Blueprint, Response

from notifier.realtime.connection import LOST
from notifier.realtime.ports import ProgressRenderer
from notifier.realtime.sse import Cursor
from notifier.realtime.topic_names import session_topic
from notifier.services.accounts.users import Account
from notifier.services.sessions import sessions
from notifier.web.api import streams
from notifier.web.auth import permissions
from notifier.web.auth.callers import Caller
from notifier.web.events.session import SessionEvents
from notifier.web.events.session_html import session_html_events

blueprint = Blueprint("session_streams", __name__)
_JSON = SessionEvents()


@blueprint.get("/api/sessions/<public_id>/status/stream")
def status(public_id: str) -> Response:
    return _stream(public_id, *permissions.watcher(), _JSON)


@blueprint.get("/sessions/<public_id>/stream")
def partials(public_id: str) -> Response:
    """For pages of who has no progress of this session on a stream of their own."""
    return _stream(public_id, *permissions.browser(), session_html_events())


def _stream(public_id: str, account: Account, caller: Caller, renderer: ProgressRenderer) -> Response:
    """204 for a client that has had the end: an EventSource comes back after any end, and only this stops it."""
    # What a key has made itself it asks for: an open stream is its user's, and has to be theirs to watch.
    (session,) = sessions.get(public_id, permissions.user_viewer(account, caller.role)).sessions
    if session.ended_at is not None and streams.cursor() == Cursor(account.epoch, session.version):
        return Response(status=204)
    # How a session stands is told anew on each connect, so there is no place to start from.
    return streams.answer(account, caller, renderer, session_topic(session.id), lambda: (LOST, b""), session.id)
