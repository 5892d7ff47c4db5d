"""The JSON API of progress sessions."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from notifier.errors import Conflict, TooMany, invalid
from notifier.realtime.yielding import yield_once
from notifier.services import idempotency
from notifier.services.rate_limits import rates
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move, NewSession
from notifier.services.validation import Line
from notifier.web.auth import narrowing, permissions
from notifier.web.auth.permissions import Operation
from notifier.web.http import pagination
from notifier.web.http.json_answers import json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import Body, Query, checked
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import IDEMPOTENCY_KEY, NEXT_PAGE, SessionId
from notifier.web.openapi.security import Who
from notifier.web.presenters.session import Session, SessionStatus, session_values

blueprint = Blueprint("sessions_api", __name__, url_prefix="/api/sessions")


class SessionPage(BaseModel):
    """Selects a page of the list."""

    model_config = ConfigDict(frozen=True)

    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    """The number of sessions on a page."""
    before: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Where the page begins; taken from the `Link` of the page before."""


@blueprint.post("")
@operation(
    who=Who.SENDER,
    answers={201: Answer("The session.", Session, headers={"Location": "Its address."})},
    errors=(Conflict, TooMany),
    parameters=(IDEMPOTENCY_KEY,),
)
def create_session(body: Body[NewSession]) -> Response:
    """Begin a session.

    It is one item in its owner's inbox, which is updated in place when the session ends.
    """
    sender = permissions.sender()
    rates().count("SEND_RATE", sender.sender)
    key = request.headers.get(idempotency.HEADER)
    new = body.parsed()
    narrowing.refuse_session(sender, new)
    public_id = sessions.create(
        new,
        creator=sender.sender,
        owner_id=sender.account.id if sender.account else None,
        idempotency_key=None if key is None else idempotency.checked(key),
        creates=permissions.may(sender, Operation.MANAGE_PEOPLE),
    )
    response = _one(sessions.get(public_id, permissions.viewer_of(sender)), 201)
    response.headers["Location"] = url_for(".show_session", public_id=public_id)
    yield_once()
    return response


@blueprint.put("/<public_id>")
@operation(
    who=Who.SENDER,
    answers={
        200: Answer("The session that was there, as it is now.", Session),
        201: Answer("The session, created under this id.", Session, headers={"Location": "Its address."}),
    },
    errors=(Conflict, TooMany),
)
def put_session(public_id: SessionId, body: Body[NewSession]) -> Response:
    """Create or continue a session.

    Under an id of your own. One that the same sender created for the same owner is continued and keeps its title and viewers, so the
    request may be repeated. One of another sender: `403`; of another owner: `409` (`session_exists`); after its end: `409`
    (`session_over`).
    """
    sender = permissions.sender()
    rates().count("SEND_RATE", sender.sender)
    new = body.parsed()
    narrowing.refuse_session(sender, new)
    if new.id not in (None, public_id):
        raise invalid("id", "differs from the id in the address; leave it out")
    named = checked(NewSession, new.model_dump(exclude_unset=True) | {"id": public_id})
    owner_id = sender.account.id if sender.account else None
    creates = permissions.may(sender, Operation.MANAGE_PEOPLE)
    created = sessions.create_or_continue(public_id, named, creator=sender.sender, owner_id=owner_id, creates=creates)
    response = _one(sessions.get(public_id, permissions.viewer_of(sender)), 201 if created else 200)
    if created:
        response.headers["Location"] = url_for(".show_session", public_id=public_id)
    yield_once()
    return response


@blueprint.post("/<public_id>/status")
@operation(who=Who.SENDER, answers={200: Answer("The session afterwards.", SessionStatus)}, errors=(Conflict,))
def move_session(public_id: SessionId, body: Body[Move]) -> Response:
    """Update the status of a session.

    Only its creator, or an admin. After its end: `409` (`session_over`).
    """
    sender = permissions.sender()
    move = body.parsed()
    narrowing.refuse_move(sender, move)
    session = sessions.move(public_id, move, permissions.viewer_of(sender))
    yield_once()
    return json_answer(SessionStatus.values(session))


@blueprint.get("")
@operation(who=Who.WATCHER, answers={200: Answer("A page of the list.", list[Session], headers={"Link": NEXT_PAGE})})
def list_sessions(query: Query[SessionPage]) -> Response:
    """List the sessions that the caller may watch.

    Newest first, in pages that stay stable while others begin.
    """
    viewer = permissions.viewer()
    page = query.parsed()
    found = sessions.listing(viewer, limit=page.limit, before=page.before)
    response = json_answer([session_values(session, found.viewers[session.id]) for session in found.sessions])
    pagination.link(response, page, found.before)
    return response


@blueprint.get("/<public_id>")
@operation(who=Who.WATCHER, answers={200: Answer("The session.", Session)})
def show_session(public_id: SessionId) -> Response:
    """Show one session."""
    return _one(sessions.get(public_id, permissions.viewer()))


@blueprint.get("/<public_id>/status")
@operation(who=Who.WATCHER, answers={200: Answer("Its status.", SessionStatus)})
def show_status(public_id: SessionId) -> Response:
    """Show the status of a session."""
    (session,) = sessions.get(public_id, permissions.viewer()).sessions
    return json_answer(SessionStatus.values(session))


def _one(found: sessions.Listing, status: int = 200) -> Response:
    (session,) = found.sessions
    return json_answer(session_values(session, found.viewers[session.id]), status)
