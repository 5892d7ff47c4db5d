"""Quick replies, in JSON: giving one, and reading those one was given."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from notifier.services.messages import replies as service
from notifier.services.messages.replies import Answer
from notifier.services.rate_limits import rates
from notifier.services.validation import Line
from notifier.web.auth import permissions
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import asked, parsed
from notifier.web.presenters.json_items import timestamp

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
    return jsonify(_shown(reply) | {"unread_count": head.unread, "seq": head.seq}), 201 if fresh else 200


@blueprint.get("")
def index(public_id: UUID) -> Response:
    sender, query = permissions.steered(), asked(Query)
    found = service.given_to(str(public_id), sender, after=query.after, limit=query.limit)
    return jsonify([_shown(reply) for reply in found])


def _shown(reply: Any) -> dict[str, Any]:
    return {
        "id": reply.public_id,
        "notification_id": reply.notification_id,
        "user": reply.name,
        "text": reply.text,
        "created_at": timestamp(reply.created_at),
    }
