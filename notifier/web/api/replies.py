"""Quick replies in JSON: for the recipient who replies, and for the sender who reads them."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field

from notifier.errors import Conflict, TooMany
from notifier.services.messages import replies
from notifier.services.rate_limits import rates
from notifier.services.validation import Line
from notifier.web.auth import permissions
from notifier.web.http.json_answers import json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import Body, Query
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import MessageId, NotificationId
from notifier.web.openapi.security import Who
from notifier.web.presenters.message import Replied, Reply
from notifier.web.presenters.notification import InboxHead

blueprint = Blueprint("replies_api", __name__, url_prefix="/api/notifications/<uuid:public_id>/replies")


class ReplyPage(BaseModel):
    """Selects replies."""

    model_config = ConfigDict(frozen=True)

    after: Annotated[Line, Field(min_length=1, max_length=36)] | None = None
    """Only those after this one, by its id."""
    limit: Annotated[Whole, Field(ge=1, le=100)] = 100
    """The number of replies at most."""


@blueprint.post("")
@operation(
    who=Who.USER,
    answers={
        201: Answer("The reply.", Replied, {"unread_count": 3, "seq": 813}),
    },
    errors=(Conflict, TooMany),
)
def reply(public_id: NotificationId, body: Body[replies.Answer]) -> Response:
    """Reply to a notification that asks.

    One with an action `{"label", "reply": true}`; others: `409` (`not_asked`). Once: a second one is `409`
    (`already_answered`). It counts as read then. The reply goes to the sender.
    """
    user = permissions.user()
    rates().count("SEND_RATE", user.sender)
    given, head = replies.give(user, str(public_id), body.parsed())
    return json_answer(Reply.values(given) | InboxHead.values(head), 201)


@blueprint.get("")
@operation(who=Who.SENDER, answers={200: Answer("The replies.", list[Reply])})
def list_replies(public_id: MessageId, query: Query[ReplyPage]) -> Response:
    """List the replies to a message.

    Oldest first. Users who sent a message get each reply as a notification of the type `reply` too.
    """
    sender, page = permissions.steered(), query.parsed()
    found = replies.given_to(str(public_id), sender, after=page.after, limit=page.limit)
    return json_answer([Reply.values(each) for each in found])
