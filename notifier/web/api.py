"""The JSON API of notifications (contract §4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field

from notifier.errors import invalid
from notifier.models.notification import Status
from notifier.services import inbox
from notifier.services import notifications as sending
from notifier.services.drafts import Draft, Line
from notifier.services.inbox import Changed, Filter, Head, Item
from notifier.services.rates import rates
from notifier.web import guards
from notifier.web.body import checked, parsed
from notifier.web.items import compact, item

blueprint = Blueprint("api", __name__, url_prefix="/api/notifications")


class Query(BaseModel):
    """What a list may be asked for."""

    model_config = ConfigDict(frozen=True)

    status: Literal["unread", "read", "archived", "all"] | None = None
    type: Annotated[Line, Field(max_length=64)] | None = None
    q: Annotated[Line, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    before: Annotated[int, Field(ge=1, lt=2**62)] | None = None

    @property
    def filter(self) -> Filter:
        chosen = Status(self.status) if self.status and self.status != "all" else None
        return Filter(status=chosen, everything=self.status == "all", type=self.type, query=self.q)


class StatusChange(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    status: Literal["unread", "read", "archived"]


@blueprint.post("")
def send() -> tuple[Response, int]:
    sender = guards.sender()
    rates().count("SEND_RATE", sender.name)
    sent = sending.send(parsed(Draft), sender_id=sender.account.id if sender.account else None)
    answer: dict[str, Any] = {"id": sent.id, "recipients": sent.recipients}
    return jsonify(answer if sent.seq is None else answer | {"seq": sent.seq}), 201


@blueprint.get("")
def index() -> Response:
    user = guards.user()
    query = _query()
    found = inbox.listing(user.id, query.filter, limit=query.limit, before=query.before)
    response = Response(compact([item(row) for row in found.items]), content_type="application/json")
    response.headers["X-Unread-Count"] = str(found.head.unread)
    response.headers["X-Seq"] = str(found.head.seq)
    if found.before is not None:
        following = query.model_dump(exclude_none=True) | {"before": found.before}
        response.headers["Link"] = f'<{request.path}?{urlencode(following)}>; rel="next"'
    return response


@blueprint.get("/unread-count")
def unread_count() -> Response:
    return jsonify(_standing(inbox.head(guards.user().id)))


@blueprint.post("/read-all")
def read_all() -> Response:
    return _changed(inbox.read_all(guards.user().id, _query().filter))


@blueprint.delete("")
def clear() -> Response:
    return _changed(inbox.clear(guards.user().id, _query().filter))


@blueprint.get("/<uuid:public_id>")
def show(public_id: UUID) -> Response:
    return _one(*inbox.get(guards.user().id, str(public_id)))


@blueprint.patch("/<uuid:public_id>")
def change(public_id: UUID) -> Response:
    user = guards.user()
    return _one(*inbox.set_status(user.id, str(public_id), Status(parsed(StatusChange).status)))


@blueprint.delete("/<uuid:public_id>")
def delete(public_id: UUID) -> Response:
    return _one(*inbox.set_status(guards.user().id, str(public_id), Status.DELETED))


def _query() -> Query:
    for name in Query.model_fields:
        if len(request.args.getlist(name)) > 1:
            raise invalid(name, "must be given once")
    return checked(Query, {name: value for name, value in request.args.items() if name in Query.model_fields and value != ""})


def _one(row: Item, head: Head) -> Response:
    return jsonify(item(row) | _standing(head))


def _changed(changed: Changed) -> Response:
    return jsonify({"changed": changed.count} | _standing(changed.head))


def _standing(head: Head) -> dict[str, int]:
    return {"unread_count": head.unread, "seq": head.seq}
