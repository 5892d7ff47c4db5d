"""The streams of one session, for programs and for pages.

As on all streams, errors are answered before the response begins.
"""

from __future__ import annotations

from flask import Blueprint, Response

from notifier.errors import TooMany
from notifier.realtime.connection import LOST
from notifier.realtime.ports import ProgressRenderer
from notifier.realtime.sse import Cursor
from notifier.realtime.topic_names import session_topic
from notifier.services.accounts.users import Account
from notifier.services.sessions import sessions
from notifier.web.api import streams
from notifier.web.auth import permissions
from notifier.web.auth.callers import Caller
from notifier.web.events.session import EVENTS, SessionEvents
from notifier.web.events.session_html import session_html_events
from notifier.web.http import last_event_id
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import CURSOR, SessionId
from notifier.web.openapi.security import Who

blueprint = Blueprint("session_streams", __name__)
_JSON = SessionEvents()


@blueprint.get("/api/sessions/<public_id>/status/stream")
@operation(
    who=Who.WATCHER,
    answers={
        200: Answer("Events, until the session ends or either side closes.", content_type="text/event-stream", events=EVENTS),
        204: Answer("The client has the last event already."),
    },
    errors=(TooMany,),
    parameters=CURSOR,
)
def stream_status(public_id: SessionId) -> Response:
    """Watch a session.

    Begins with its current status, ends with the session. Between events there are only comments.
    """
    return _stream(public_id, *permissions.watcher(), _JSON)


@blueprint.get("/sessions/<public_id>/stream")
def partials(public_id: str) -> Response:
    """The HTML stream of one session.

    For users who do not get its progress on their own stream, such as an admin.
    """
    return _stream(public_id, *permissions.browser(), session_html_events())


def _stream(public_id: str, account: Account, caller: Caller, renderer: ProgressRenderer) -> Response:
    """Answer 204 to a client that has the last event.

    An EventSource reconnects after any end, and only a 204 stops it.
    """
    # A key may show the status of sessions that it created, but a stream belongs to its user, who must be allowed to watch.
    (session,) = sessions.get(public_id, permissions.user_viewer(account, caller.role)).sessions
    if session.ended_at is not None and last_event_id.cursor() == Cursor(account.epoch, session.version):
        return Response(status=204)
    # The status is sent on each connect, so there is no cursor to start from.
    return streams.answer(account, caller, renderer, session_topic(session.id), _beginning, session.id)


def _beginning() -> streams.Beginning:
    return streams.Beginning(LOST, resumes=last_event_id.given() is not None)
