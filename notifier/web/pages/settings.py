"""The user's own settings: sound, theme, time zone, password."""

from __future__ import annotations

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid, Refused, TooMany
from notifier.services import configured_channels
from notifier.services.accounts import addresses, page_settings, password_changes, passwords, sign_ins
from notifier.services.accounts.page_settings import PageSettings
from notifier.services.outbox.targets import EMAIL
from notifier.services.preferences import zones
from notifier.services.push import devices, keys
from notifier.services.push.devices import PUSH
from notifier.services.rate_limits import rates
from notifier.web.api.auth import PasswordChange
from notifier.web.auth import cookies
from notifier.web.http.request_body import checked
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.layout import render_page
from notifier.web.pages.visitor import Visitor, current_visitor

blueprint = page_blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
def page() -> str:
    return render(current_visitor())


@blueprint.post("")
def save() -> Response:
    visitor = current_visitor()
    given = {"sound": "sound" in request.form, "theme": request.form.get("theme", ""), "time_zone": request.form.get("time_zone", "")}
    try:
        page_settings.save(visitor.account.id, checked(PageSettings, given))
        zones.roll(visitor.account.id)
    except Invalid as refusal:
        return make_response(render(visitor, refusal), refusal.status)
    return redirect_to(url_for(".page", done="saved"))


@blueprint.post("/password")
def change_password() -> Response:
    """End every other sign-in of the user; this browser gets a new one."""
    visitor = current_visitor()
    given = {"old": request.form.get("old", ""), "new": request.form.get("new", "")}
    try:
        change = checked(PasswordChange, given)
        rates().count("LOGIN_RATE", "password", visitor.account.public_id)
        account = password_changes.change_password(visitor.account, change.old, change.new)
    except (Invalid, TooMany) as refusal:
        return make_response(render(visitor, refusal), refusal.status)
    response = redirect_to(url_for(".page", done="password"))
    cookies.keep(response, sign_ins.start(account))
    return response


def render(visitor: Visitor, refusal: Refused | None = None) -> str:
    """The page, with the errors of a form that was refused."""
    wrong = {error.field: error.detail for error in refusal.errors} if refusal else {}
    done = request.args.get("done", "") if refusal is None else ""
    return render_page(
        "pages/settings.html",
        visitor,
        email_on=EMAIL in configured_channels.by_name(),
        address=addresses.get(visitor.account.id),
        devices=devices.listing(visitor.account.id),
        push_key=keys.public_key() if PUSH in configured_channels.by_name() else "",
        zones=sorted(page_settings.zones()),
        shortest=passwords.MIN_LENGTH,
        wrong=wrong,
        refusal=refusal,
        done=done,
    )
