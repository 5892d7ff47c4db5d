"""The JSON API of progress sessions (contract §4)."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from notifier.realtime.yielding import yield_once
from notifier.services import idempotency
from notifier.services.rate_limits import rates
from notifier.services.sessions import sessions as service
from notifier.services.sessions.drafts import Move, NewSession
from notifier.services.sessions.sessions import Listing
from notifier.services.validation import Line
from notifier.web.auth import permissions
from notifier.web.http import pagination
from notifier.web.http.json_answers import json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import asked, parsed
from notifier.web.presenters.session import SessionStatus, session_values

blueprint = Blueprint("sessions_api", __name__, url_prefix="/api/sessions")


class Query(BaseModel):
    """Which page of the list."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    """How many."""
    before: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Where the page begins; taken from the `Link` of the page before."""


@blueprint.post("")
def create() -> tuple[Response, int]:
    sender = permissions.sender()
    rates().count("SEND_RATE", sender.sender)
    key = request.headers.get(idempotency.HEADER)
    public_id = service.create(
        parsed(NewSession),
        creator=sender.sender,
        owner_id=sender.account.id if sender.account else None,
        idempotency_key=None if key is None else idempotency.checked(key),
    )
    response = _one(service.get(public_id, permissions.viewer_of(sender)))
    response.headers["Location"] = url_for(".show", public_id=public_id)
    yield_once()
    return response, 201


@blueprint.post("/<public_id>/status")
def move(public_id: str) -> Response:
    sender = permissions.sender()
    session = service.move(public_id, parsed(Move), permissions.viewer_of(sender))
    yield_once()
    return json_answer(SessionStatus.values(session))


@blueprint.get("")
def index() -> Response:
    viewer = permissions.viewer()
    query = asked(Query)
    found = service.listing(viewer, limit=query.limit, before=query.before)
    response = json_answer([session_values(session, found.viewers[session.id]) for session in found.sessions])
    pagination.link(response, query, found.before)
    return response


@blueprint.get("/<public_id>")
def show(public_id: str) -> Response:
    return _one(service.get(public_id, permissions.viewer()))


@blueprint.get("/<public_id>/status")
def status(public_id: str) -> Response:
    (session,) = service.get(public_id, permissions.viewer()).sessions
    return json_answer(SessionStatus.values(session))


def _one(found: Listing) -> Response:
    (session,) = found.sessions
    return json_answer(session_values(session, found.viewers[session.id]))
