"""The sign-in page, and signing out."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from notifier.errors import NotFound, Refused, Unauthenticated
from notifier.services.accounts import sign_ins
from notifier.web.api import auth
from notifier.web.api.auth import Credentials
from notifier.web.auth import callers, cookies, host, own_tokens, permissions
from notifier.web.http.request_body import checked
from notifier.web.pages.browser_request import own_path, redirect_to
from notifier.web.pages.error_pages import page_blueprint

blueprint = page_blueprint("login", __name__)


@blueprint.before_request
def _not_in_host() -> None:
    """Inside another application only that one signs users in and out."""
    if host.in_host():
        raise NotFound("Sign in and out in the application.")


@blueprint.get("/login")
def page() -> str:
    return render_template("pages/login.html", username="", next=own_path(request.args.get("next", "")), cookies_kept=cookies.kept())


@blueprint.post("/login")
def sign_in() -> Response:
    username, next_path = request.form.get("username", ""), own_path(request.form.get("next") or request.args.get("next", ""))
    own_tokens.same_site()
    auth.refuse_password()
    try:
        given = checked(Credentials, {"username": username, "password": request.form.get("password", "")})
        tokens = sign_ins.begin(given.username, given.password, callers.address())
    except Refused as refusal:
        return _failed(username, next_path, refusal)
    if tokens is None:
        return _failed(username, next_path, Unauthenticated("Wrong username or password."))
    response = redirect_to(next_path or url_for("history.page"))
    cookies.keep(response, tokens)
    return response


@blueprint.post("/logout")
def sign_out() -> Response:
    """Also with an expired access token: the refresh token identifies the sign-in to end."""
    account, sign_in_id = permissions.signing_out()
    if sign_in_id is not None:
        sign_ins.end(account.id, sign_in_id)
    response = redirect_to(url_for(".page"))
    cookies.forget(response)
    # Not `cookies`, which are those of the whole domain, nor `storage`: other tabs use it.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _failed(username: str, next_path: str, refusal: Refused) -> Response:
    """The form again, with what is wrong."""
    page = render_template("pages/login.html", username=username, next=next_path, wrong=refusal.detail, cookies_kept=cookies.kept())
    response = make_response(page, refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
