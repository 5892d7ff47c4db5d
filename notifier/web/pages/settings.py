"""The reader's own settings: how pages look and sound to them, what time it is there, and their password."""

from __future__ import annotations

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid, Refused, TooMany
from notifier.services.accounts import passwords, preferences, sign_ins, users
from notifier.services.accounts.preferences import Preferences
from notifier.services.rate_limits import rates
from notifier.web.api.auth import PasswordChange
from notifier.web.auth import cookies
from notifier.web.http.request_body import checked
from notifier.web.pages.layout import Visitor, page, pages, to, visitor

blueprint = pages("account", __name__, url_prefix="/settings")


@blueprint.get("")
def settings() -> str:
    return _page(visitor())


@blueprint.post("")
def save() -> Response:
    looking = visitor()
    given = {"sound": "sound" in request.form, "theme": request.form.get("theme", ""), "time_zone": request.form.get("time_zone", "")}
    try:
        preferences.keep(looking.account.id, checked(Preferences, given))
    except Invalid as refusal:
        return make_response(_page(looking, refusal), refusal.status)
    return to(url_for(".settings", done="saved"))


@blueprint.post("/password")
def password() -> Response:
    """Ends every other sign-in of theirs; this browser goes on with a new one."""
    looking = visitor()
    given = {"old": request.form.get("old", ""), "new": request.form.get("new", "")}
    try:
        change = checked(PasswordChange, given)
        rates().count("LOGIN_RATE", "password", looking.account.public_id)
        users.change_password(looking.account, change.old, change.new)
    except (Invalid, TooMany) as refusal:
        return make_response(_page(looking, refusal), refusal.status)
    response = to(url_for(".settings", done="password"))
    cookies.keep(response, sign_ins.start(users.by_name(looking.account.name)))
    return response


def _page(looking: Visitor, refusal: Refused | None = None) -> str:
    wrong = {error.field: error.detail for error in refusal.errors} if refusal else {}
    done = request.args.get("done", "") if refusal is None else ""
    return page(
        "pages/settings.html",
        looking,
        zones=sorted(preferences.zones()),
        shortest=passwords.SHORTEST,
        wrong=wrong,
        refusal=refusal,
        done=done,
    )
