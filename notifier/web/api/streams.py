"""The streams of a user.

Every error is answered as a problem document before the response begins.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, cast

from flask import Blueprint, Response
from gevent.monkey import is_module_patched

from notifier import current
from notifier.errors import TooMany, Unavailable
from notifier.logs import REQUEST_ID_KEY
from notifier.realtime.connection import LOST
from notifier.realtime.hub import Hub
from notifier.realtime.ports import ProgressRenderer, Renderer
from notifier.realtime.sse import Cursor
from notifier.realtime.stream import Opening, Stream
from notifier.realtime.topic_names import user_topic
from notifier.services.accounts.users import Account
from notifier.services.hints import stream_server
from notifier.services.rate_limits import rates
from notifier.web.auth import callers, permissions
from notifier.web.auth.callers import Caller
from notifier.web.events.html import html_events
from notifier.web.events.json import EVENTS, JsonEvents
from notifier.web.http import last_event_id
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import CURSOR
from notifier.web.openapi.security import Who

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

blueprint = Blueprint("streams", __name__)
_HEADERS = [("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no")]
_JSON = JsonEvents()
_FULL_RETRY_SECONDS = (5, 15)
_OFF_RETRY_SECONDS = (30, 90)


class TooManyStreams(TooMany):
    """The user has as many open streams as one user may have."""


class _StreamResponse(Response):
    """Passes its body to the server as it is.

    What Werkzeug does for a response that ends, such as finding its length, is left out, and so is its check of headers that never change.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list() + _HEADERS)
        return cast(Stream, self.response)


class Beginning(NamedTuple):
    """The cursor after which a stream starts, and its first bytes.

    `resumes`: the client sent a cursor.
    """

    seq: int
    first: bytes = b""
    resumes: bool = False


@blueprint.get("/api/notifications/stream")
@operation(
    who=Who.READER,
    answers={200: Answer("Events, until either side closes.", content_type="text/event-stream", events=EVENTS)},
    errors=(TooMany,),
    parameters=CURSOR,
)
def stream() -> Response:
    """Receive notifications as they come.

    Does not end by itself. A client that reconnects with the last `id` it got misses nothing and gets nothing twice.
    """
    account, caller = permissions.reader()
    return inbox_stream(account, caller, _JSON)


@blueprint.get("/stream")
def partials() -> Response:
    """The stream of the pages: rendered partials."""
    account, caller = permissions.browser()
    return inbox_stream(account, caller, html_events())


def inbox_stream(account: Account, caller: Caller, renderer: Renderer, begin: Callable[[], Beginning] | None = None) -> Response:
    """The stream of `account`'s inbox. Without `begin` it starts at the client's cursor."""
    return answer(account, caller, renderer, user_topic(account.id), begin or (lambda: _start(account)))


def come_back_later(retry_ms: int) -> Response:
    """A stream that ends at once and has the client reconnect after `retry_ms`.

    After a 429 an EventSource would never reconnect.
    """
    return Response(b"retry: %d\n\n" % retry_ms, content_type="text/event-stream", headers=_HEADERS)


def answer(
    account: Account,
    caller: Caller,
    renderer: ProgressRenderer,
    topic: str,
    begin: Callable[[], Beginning],
    session_id: int | None = None,
) -> Response:
    """A stream of `topic`. `begin` is called once the stream is allowed.

    `session_id`: the session of the topic, for a stream of one session.
    """
    if not is_module_patched("socket"):
        raise Unavailable("This server cannot hold streams. Start it with `notifier serve`.", code="no_streams", retry_after=60)
    asked = current.request()
    if asked.method == "HEAD":
        return Response(content_type="text/event-stream", headers=_HEADERS)
    server, reader = stream_server(), caller.account or account
    of_another = reader.id != account.id
    rates().count("STREAM_RATE", reader.sender)
    seq, first, resumes = begin()
    _make_room_for(server.hub, account, session_id, of_another=of_another)
    label = f"{asked.environ[REQUEST_ID_KEY]} {asked.remote_addr} {asked.path} user:{reader.name}"
    opening = Opening(
        topic=topic,
        user_id=account.id,
        public_id=account.public_id,
        seq=seq,
        renderer=renderer,
        lives_seconds=caller.lives_seconds,
        label=label,
        grant=callers.grant(caller, reader, session_id, others=of_another),
        of_another=of_another,
        access=account.access_seq,
        session_id=session_id,
        first=first,
        resumes=resumes,
    )
    return _StreamResponse(server.stream(opening), content_type="text/event-stream", direct_passthrough=True)


def _make_room_for(hub: Hub, account: Account, session_id: int | None, *, of_another: bool) -> None:
    """Raises `Unavailable` or `TooMany`.

    From here to the hub nothing yields, so no other stream can take the place.
    """
    if not account.streams:
        raise Unavailable("Streams are switched off; poll instead.", code="disabled", retry_after=random.randint(*_OFF_RETRY_SECONDS))
    if hub.draining or hub.full():
        seconds = random.randint(*_FULL_RETRY_SECONDS)
        raise Unavailable("No room for another stream just now.", code="draining" if hub.draining else "full", retry_after=seconds)
    of_session = session_id is not None
    if hub.full_for_sessions(account.id) if of_session else hub.full_for_user(user_topic(account.id), of_another=of_another):
        most = hub.limits.sessions_per_user if of_session else hub.limits.per_user
        wait = random.randint(*_FULL_RETRY_SECONDS)
        raise TooManyStreams(f"You have {most} streams open already; close one first.", code="too_many_streams", retry_after=wait)


def _start(account: Account) -> Beginning:
    """The place from which a stream starts.

    After the client's cursor; at the head, if it sent none; with a `reset`, if the cursor is from another database.
    The head was read before the answer began, so a message that is sent as soon as the client sees the answer is not missed.
    """
    given = last_event_id.given()
    if given is None:
        return Beginning(account.head)
    cursor = Cursor.parse(given)
    return Beginning(cursor.seq if cursor and cursor.epoch == account.epoch else LOST, resumes=True)
