"""Browser push: the service worker, the manifest, and the devices of a user."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from flask import Response, current_app, jsonify, request, url_for
from pydantic import BaseModel, ConfigDict

from notifier.channels.ports import Subscription
from notifier.errors import NotFound
from notifier.services import configured_channels
from notifier.services.outbox import deliveries
from notifier.services.push import devices
from notifier.services.push.devices import PUSH
from notifier.services.validation import Line
from notifier.web.auth import own_tokens
from notifier.web.http.request_body import checked
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.visitor import Visitor, current_visitor
from notifier.web.presenters import device

blueprint = page_blueprint("push", __name__)


class Subscribed(BaseModel):
    """A browser's subscription, as a form."""

    model_config = ConfigDict(extra="ignore")

    endpoint: Line
    p256dh: Line
    auth: Line

    def subscription(self) -> Subscription:
        return Subscription(self.endpoint, self.p256dh, self.auth)


class Renewed(Subscribed):
    """The subscription in place of an old one."""

    old_endpoint: Line
    old_auth: Line


@blueprint.get("/sw.js")
def worker() -> Response:
    """The service worker, at the top: it works for the pages below its address."""
    script = (Path(current_app.static_folder or "") / "js" / "worker.js").read_text()
    return Response(script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a phone needs to put the pages on its home screen, where iOS permits push."""
    name, start = current_app.config["SITE_NAME"], url_for("history.root")
    icon = url_for("accent_files.mark") if current_app.config["ACCENT"] else url_for("static", filename="icon.svg")
    icons = [{"src": icon, "sizes": "any", "type": "image/svg+xml"}]
    answer = jsonify(name=name, short_name=name, id=start, start_url=start, scope=start, display="standalone", icons=icons)
    answer.content_type = "application/manifest+json"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.post("/settings/push")
def subscribe() -> Response:
    """Turn on push for the browser that sends its subscription."""
    visitor = _visitor()
    given = checked(Subscribed, request.form.to_dict())
    devices.add(
        visitor.account.id,
        visitor.sign_in,
        given.subscription(),
        device.label(request.headers.get("User-Agent", ""), request.headers.get("Sec-CH-UA", "")),
    )
    return Response(status=204)


@blueprint.post("/settings/push/<uuid:device_id>/remove")
def remove(device_id: UUID) -> Response:
    devices.remove(_visitor().account.id, str(device_id))
    return redirect_to(url_for("settings.page", done="push-removed"))


@blueprint.post("/settings/push/<uuid:device_id>/test")
def test(device_id: UUID) -> Response:
    deliveries.send_test_push(_visitor().account.id, str(device_id))
    return redirect_to(url_for("settings.page", done="push-test"))


@blueprint.post("/push/renew")
def renew() -> Response:
    """Needs no sign-in, which may have expired by then: the secret of the old subscription proves it."""
    own_tokens.same_site()
    given = checked(Renewed, request.form.to_dict())
    devices.renew(given.old_endpoint, given.old_auth, given.subscription())
    return Response(status=204)


def _visitor() -> Visitor:
    visitor = current_visitor()
    if PUSH not in configured_channels.by_name():
        raise NotFound("Push is not set up on this server.")
    return visitor
