"""The pages: signing in and out, and the inbox."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from notifier.errors import Refused, Unauthenticated
from notifier.services.accounts import sign_ins
from notifier.web.api.auth import Credentials
from notifier.web.auth import callers, cookies, permissions
from notifier.web.http.request_body import checked
from notifier.web.pages import history as histories
from notifier.web.pages.layout import by_htmx, own, page, pages, to, visitor

blueprint = pages("pages", __name__)


@blueprint.get("/")
def root() -> Response:
    return to(url_for(".history"))


@blueprint.get("/login")
def login() -> str:
    return render_template("pages/login.html", username="", next=own(request.args.get("next", "")))


@blueprint.post("/login")
def signing_in() -> Response:
    name, following = request.form.get("username", ""), own(request.form.get("next") or request.args.get("next", ""))
    callers.same_site()
    try:
        given = checked(Credentials, {"username": name, "password": request.form.get("password", "")})
        begun = sign_ins.begin(given.username, given.password, callers.address())
    except Refused as refusal:
        return _again(name, following, refusal)
    if begun is None:
        return _again(name, following, Unauthenticated("Name and password do not belong together."))
    response = to(following or url_for(".history"))
    cookies.keep(response, begun)
    return response


@blueprint.post("/logout")
def logout() -> Response:
    """Also with an access token that has expired: who leaves wants to be gone."""
    account, ended = permissions.signing_out()
    if ended is not None:
        sign_ins.end(account.id, ended)
    response = to(url_for(".login"))
    cookies.forget(response)
    return response


@blueprint.get("/notifications")
def history() -> str:
    looking = visitor()
    asked = histories.asked()
    found = histories.read(looking.account, asked)
    if by_htmx():
        return render_template("partials/_more.html", history=found)
    return page("pages/history.html", looking, history=found)


def _again(name: str, following: str, refusal: Refused) -> Response:
    page = render_template("pages/login.html", username=name, next=following, wrong=refusal.detail)
    response = make_response(page, refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
