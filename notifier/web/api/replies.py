"""Quick replies, in JSON: giving one, and reading those one was given."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field

from notifier.services.messages import replies as service
from notifier.services.messages.replies import Answer
from notifier.services.rate_limits import rates
from notifier.services.validation import Line
from notifier.web.auth import permissions
from notifier.web.http.json_answers import json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import asked, parsed
from notifier.web.presenters.message import Reply
from notifier.web.presenters.notification import InboxHead

blueprint = Blueprint("replies_api", __name__, url_prefix="/api/notifications/<uuid:public_id>/replies")


class Query(BaseModel):
    """Which replies."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    after: Annotated[Line, Field(min_length=1, max_length=36)] | None = None
    """Only those behind this one, by its id."""
    limit: Annotated[Whole, Field(ge=1, le=100)] = 100
    """How many."""


@blueprint.post("")
def give(public_id: UUID) -> tuple[Response, int]:
    """201: it is given. 200: it had been, in the same words."""
    user = permissions.user()
    rates().count("SEND_RATE", user.sender)
    reply, head, fresh = service.give(user, str(public_id), parsed(Answer))
    return json_answer(Reply.values(reply) | InboxHead.values(head)), 201 if fresh else 200


@blueprint.get("")
def index(public_id: UUID) -> Response:
    sender, query = permissions.steered(), asked(Query)
    found = service.given_to(str(public_id), sender, after=query.after, limit=query.limit)
    return json_answer([Reply.values(reply) for reply in found])
