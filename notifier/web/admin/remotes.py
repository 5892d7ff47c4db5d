"""What admins do with webhooks and destinations alike: test, turn on and off, remove."""

from __future__ import annotations

from types import ModuleType
from uuid import UUID

from flask import Response, make_response, url_for

from notifier.errors import Refused
from notifier.models import Destination, Webhook
from notifier.services import remotes
from notifier.services.destinations import destinations
from notifier.services.remotes import Table
from notifier.services.webhooks import webhooks
from notifier.web.admin import destinations as destinations_page
from notifier.web.admin import webhooks as webhooks_page
from notifier.web.admin.layout import blueprint, confirmation, current_admin
from notifier.web.pages.browser_request import redirect_to

_KINDS = "<any(webhooks, destinations):kind>/<uuid:public_id>"
_TABLES: dict[str, Table] = {"webhooks": Webhook, "destinations": Destination}
_SERVICES: dict[str, ModuleType] = {"webhooks": webhooks, "destinations": destinations}
_PAGES: dict[str, ModuleType] = {"webhooks": webhooks_page, "destinations": destinations_page}


@blueprint.post(f"/{_KINDS}/test")
def test_remote(kind: str, public_id: UUID) -> Response:
    visitor = current_admin()
    try:
        _SERVICES[kind].send_test(str(public_id))
    except Refused as refusal:
        return make_response(_PAGES[kind].render(visitor, refusal), refusal.status)
    return redirect_to(url_for(f".{kind}", done="test"))


@blueprint.post(f"/{_KINDS}/<any(on, off):state>")
def switch_remote(kind: str, public_id: UUID, state: str) -> Response:
    current_admin()
    _SERVICES[kind].switch(str(public_id), on=state == "on")
    return redirect_to(url_for(f".{kind}", done=state))


@blueprint.post(f"/{_KINDS}/remove")
def remove_remote(kind: str, public_id: UUID) -> str | Response:
    visitor, table = current_admin(), _TABLES[kind]
    found = remotes.get(table, str(public_id))
    title = f"Remove the {remotes.noun(table)} {found.name}?"
    text = "Nothing more is sent to it, and what waits for it is dropped."
    if page := confirmation(visitor, title, text, "Remove", back=url_for(f".{kind}")):
        return page
    _SERVICES[kind].remove(str(public_id))
    return redirect_to(url_for(f".{kind}", done="removed"))
