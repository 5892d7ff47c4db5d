"""The JSON API of senders: send a message, follow its delivery, withdraw it."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from notifier import current
from notifier.errors import Conflict, TooMany
from notifier.realtime.yielding import yield_once
from notifier.services import idempotency
from notifier.services.messages import audience_chunks
from notifier.services.messages import send as sending
from notifier.services.messages import withdraw as withdrawal
from notifier.services.messages.send import Draft
from notifier.services.rate_limits import rates
from notifier.web.auth import narrowing, open_mode, permissions
from notifier.web.auth.permissions import Operation
from notifier.web.http.json_answers import json_answer
from notifier.web.http.request_body import Body
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import IDEMPOTENCY_KEY, MessageId
from notifier.web.openapi.security import Who
from notifier.web.presenters.message import Delivery, Sent, Withdrawn, delivery_state, sent_values

blueprint = Blueprint("messages", __name__, url_prefix="/api/notifications")


@blueprint.post("")
@operation(
    who=Who.SENDER,
    answers={
        201: Answer("Every recipient has it.", Sent, {"seq": 812}),
        202: Answer(
            "Accepted, and committed: more than 500 recipients, or a time that is still to come.",
            Sent,
            {"recipients": 10000},
            headers={"Location": "The address of its delivery."},
        ),
    },
    errors=(Conflict, TooMany),
    parameters=(IDEMPOTENCY_KEY,),
)
def send(body: Body[Draft]) -> Response:
    """Send a notification.

    An unknown name is refused, by its place (`to[2]`), and nothing is sent. Control characters are refused everywhere but newline and tab
    in `message`. For admins, and keys with the scope `people` beside `send`, an unknown subject (`id:SUBJECT`) becomes a user, who
    finds the message when they first come.
    """
    sender = permissions.sender()
    rates().count("SEND_RATE", sender.sender)
    key = current.request().headers.get(idempotency.HEADER)
    draft = body.parsed(open_mode.with_recipient if sender.is_open else None)
    narrowing.refuse_message(sender, draft)
    sent = sending.send(
        draft,
        sender=sender.sender,
        idempotency_key=None if key is None else idempotency.checked(key),
        creates=permissions.may(sender, Operation.MANAGE_PEOPLE),
    )
    response = json_answer(sent_values(sent), 201 if sent.delivered else 202)
    if not sent.delivered:
        response.headers["Location"] = url_for(".delivery", public_id=sent.id)
    yield_once()
    return response


@blueprint.get("/<uuid:public_id>/delivery")
@operation(who=Who.SENDER, answers={200: Answer("Its delivery.", Delivery)})
def delivery(public_id: MessageId) -> Response:
    """Show how many recipients have a message.

    The sender's own messages; for an admin those of every sender.
    """
    return json_answer(delivery_state(audience_chunks.progress(str(public_id), permissions.steered())))


@blueprint.post("/<uuid:public_id>/withdraw")
@operation(who=Who.SENDER, answers={200: Answer("Withdrawn, now or earlier.", Withdrawn)})
def withdraw(public_id: MessageId) -> Response:
    """Withdraw a message.

    It leaves every inbox, on open pages too. The sender's own messages; for an admin those of every sender.
    """
    recipients = withdrawal.withdraw(str(public_id), permissions.steered())
    return json_answer(Withdrawn(id=str(public_id), recipients=recipients))
