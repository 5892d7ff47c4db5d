"""Sign in through the provider: to it, and back from it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, current_app, make_response, render_template, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from notifier.errors import NotFound, Refused, Unauthenticated
from notifier.services.accounts import oidc, sign_ins
from notifier.services.accounts.oidc import Pending
from notifier.services.accounts.tokens import signing_keys
from notifier.services.outbox import confirmations, links
from notifier.web.auth import callers, cookies, host
from notifier.web.pages.browser_request import own_path, redirect_to
from notifier.web.pages.error_pages import page_blueprint

blueprint = page_blueprint("oidc", __name__, url_prefix="/login/oidc")
_COOKIE = "notifier_oidc"
_COOKIE_SECONDS = 600


@blueprint.before_request
def _only_where_set_up() -> None:
    if not oidc.is_on() or host.in_host():
        raise NotFound("There is no sign-in provider here.")


@blueprint.get("")
def begin() -> Response:
    try:
        address, pending = oidc.begin(_redirect_uri(), own_path(request.args.get("next", "")))
    except Refused as refusal:
        return _failed(refusal)
    response = redirect_to(address)
    cookies.keep_briefly(response, _COOKIE, str(_signer().dumps(asdict(pending))), _COOKIE_SECONDS)
    return response


@blueprint.get("/callback")
def callback() -> Response:
    try:
        pending = _pending()
        if "code" not in request.args:
            raise Unauthenticated("The provider did not sign you in. Try again.", code="token_invalid")
        account, email = oidc.finish(pending, request.args.get("state", ""), request.args["code"], _redirect_uri())
    except Refused as refusal:
        return _failed(refusal)
    callers.act_as(account)
    if email:
        confirmations.ask_at_sign_in(account, email)
    response = redirect_to(pending.next or url_for("history.page"))
    cookies.keep(response, sign_ins.start(account))
    cookies.forget_brief(response, _COOKIE)
    return response


def _pending() -> Pending:
    try:
        return Pending(**_signer().loads(cookies.kept_briefly(_COOKIE), max_age=_COOKIE_SECONDS))
    except (BadData, TypeError):
        raise Unauthenticated("This sign-in has expired, or began in another browser. Try again.", code="token_invalid") from None


def _redirect_uri() -> str:
    """The address that is registered at the provider.

    Below `PUBLIC_URL`; without that setting by the name that the browser uses.
    """
    if current_app.config["PUBLIC_URL"]:
        return links.page("/login/oidc/callback")
    return url_for(".callback", _external=True)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_keys(), salt="notifier.oidc")


def _failed(refusal: Refused) -> Response:
    """The sign-in page, with what went wrong."""
    shown = {"username": "", "next": own_path(request.args.get("next", "")), "wrong": refusal.detail, "cookies_kept": cookies.kept()}
    response = make_response(render_template("pages/login.html", **shown), refusal.status)
    cookies.forget_brief(response, _COOKIE)
    return response
