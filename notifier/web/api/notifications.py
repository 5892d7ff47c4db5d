"""The JSON API of notifications (contract §4)."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from notifier.models.notification import Status
from notifier.realtime.yielding import yield_once
from notifier.services import idempotency
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.inbox import Changed, Filter, Head, Item
from notifier.services.messages import fanout
from notifier.services.messages import send as sending
from notifier.services.messages import withdraw as withdrawal
from notifier.services.messages.send import Draft
from notifier.services.rate_limits import rates
from notifier.services.validation import Line
from notifier.web.auth import permissions
from notifier.web.http import pagination
from notifier.web.http.json_answers import compact, json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import asked, parsed
from notifier.web.presenters.message import Withdrawn, delivery_state
from notifier.web.presenters.notification import InboxHead, Notification, notification_now

blueprint = Blueprint("api", __name__, url_prefix="/api/notifications")


class Shown(BaseModel):
    """Which notifications are meant: those that a list with the same query shows. A filter misspelt must not mean all of them."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid")

    status: Literal["unread", "read", "archived", "all"] | None = None
    """Without it: all but the archived ones."""
    type: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Only this type."""
    q: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    """Words in the title or the message."""

    @property
    def filter(self) -> Filter:
        chosen = Status(self.status) if self.status and self.status != "all" else None
        return Filter(status=chosen, everything=self.status == "all", type=self.type, query=self.q)


class Query(Shown):
    """What a list may be asked for."""

    model_config = ConfigDict(extra="ignore")

    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    """How many."""
    before: Annotated[Whole, Field(ge=1, lt=2**62)] | None = None
    """Where the page begins; taken from the `Link` of the page before."""


Asked = TypeVar("Asked", bound=Shown)


class StatusChange(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    status: Literal["unread", "read", "archived"]


class Undo(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)

    seq: Annotated[int, Field(ge=1, lt=2**62)]
    """The `seq` that the operation answered."""


@blueprint.post("")
def send() -> tuple[Response, int]:
    """201: everybody has it. 202: it is accepted and on its way; `Location` tells how far it is."""
    sender = permissions.sender()
    rates().count("SEND_RATE", sender.sender)
    key = request.headers.get(idempotency.HEADER)
    draft = parsed(Draft)
    sent = sending.send(draft, sender=sender.sender, idempotency_key=None if key is None else idempotency.checked(key))
    answer: dict[str, Any] = {"id": sent.id, "recipients": sent.recipients}
    response = json_answer(answer if sent.seq is None else answer | {"seq": sent.seq})
    if not sent.delivered:
        response.headers["Location"] = url_for(".delivery", public_id=sent.id)
    yield_once()
    return response, 201 if sent.delivered else 202


@blueprint.get("/<uuid:public_id>/delivery")
def delivery(public_id: UUID) -> Response:
    """How far a message of the caller's has come."""
    found = fanout.progress(str(public_id), permissions.steered())
    return json_answer(delivery_state(found))


@blueprint.post("/<uuid:public_id>/withdraw")
def withdraw(public_id: UUID) -> Response:
    recipients = withdrawal.withdraw(str(public_id), permissions.steered())
    return json_answer(Withdrawn(id=str(public_id), recipients=recipients))


@blueprint.get("")
def index() -> Response:
    user = permissions.user()
    query = _query(Query)
    found = inbox.listing(user.id, query.filter, limit=query.limit, before=query.before)
    response = Response(compact([Notification.values(row) for row in found.items]), content_type="application/json")
    response.headers["X-Unread-Count"] = str(found.head.unread)
    response.headers["X-Seq"] = str(found.head.seq)
    pagination.link(response, query, found.before)
    return _unless_known(response, user, found.head)


@blueprint.get("/unread-count")
def unread_count() -> Response:
    user = permissions.user()
    head = inbox.head(user.id)
    return _unless_known(json_answer(InboxHead.values(head)), user, head)


@blueprint.post("/read-all")
def read_all() -> Response:
    return _changed(inbox.read_all(permissions.user().id, _query(Shown).filter))


@blueprint.delete("")
def clear() -> Response:
    return _changed(inbox.clear(permissions.user().id, _query(Shown).filter))


@blueprint.post("/undo")
def undo() -> Response:
    user = permissions.user()
    return _changed(inbox.undo(user.id, parsed(Undo).seq))


@blueprint.get("/<uuid:public_id>")
def show(public_id: UUID) -> Response:
    return _one(*inbox.get(permissions.user().id, str(public_id)))


@blueprint.patch("/<uuid:public_id>")
def change(public_id: UUID) -> Response:
    user = permissions.user()
    return _one(*inbox.set_status(user.id, str(public_id), Status(parsed(StatusChange).status)))


@blueprint.delete("/<uuid:public_id>")
def delete(public_id: UUID) -> Response:
    return _one(*inbox.set_status(permissions.user().id, str(public_id), Status.DELETED))


def _query(model: type[Asked]) -> Asked:
    return asked(model, also_empty=model is Shown)


def _unless_known(response: Response, user: Account, head: Head) -> Response:
    """304 for a client that has this already. Every change moves `seq`, so it says all, with the user and the query."""
    asked = hashlib.sha256(user.public_id.encode() + request.query_string).hexdigest()[:16]
    response.set_etag(f"{head.epoch}-{head.seq}-{asked}")
    response.make_conditional(request)
    return response


def _one(row: Item, head: Head) -> Response:
    return json_answer(notification_now(row, head))


def _changed(changed: Changed) -> Response:
    return json_answer({"changed": changed.count} | InboxHead.values(changed.head))
