"""The pages: signing in and out, and the inbox."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from notifier.errors import Forbidden, Refused, Unauthenticated
from notifier.services import inbox, links, sign_in
from notifier.services.inbox import Filter
from notifier.web import cookies, guards
from notifier.web.auth import Credentials
from notifier.web.body import checked
from notifier.web.page import page, pages, to, visitor

blueprint = pages("pages", __name__)


@blueprint.get("/")
def root() -> Response:
    return to(url_for(".history"))


@blueprint.get("/login")
def login() -> str:
    return render_template("pages/login.html", username="", next=_own(request.args.get("next", "")))


@blueprint.post("/login")
def signing_in() -> Response:
    name, following = request.form.get("username", ""), _own(request.form.get("next", ""))
    _same_site()
    try:
        given = checked(Credentials, {"username": name, "password": request.form.get("password", "")})
        begun = sign_in.begin(given.username, given.password, guards.address())
    except Refused as refusal:
        return _again(name, following, refusal)
    if begun is None:
        return _again(name, following, Unauthenticated("Name and password do not belong together."))
    response = to(following or url_for(".history"))
    cookies.keep(response, begun)
    return response


@blueprint.post("/logout")
def logout() -> Response:
    account, caller = guards.reader()
    if caller.sign_in is not None:
        sign_in.end(account.id, caller.sign_in)
    response = to(url_for(".login"))
    cookies.forget(response)
    return response


@blueprint.get("/notifications")
def history() -> str:
    looking = visitor()
    found = inbox.listing(looking.account.id, Filter(), limit=20)
    return page("pages/history.html", looking, items=found.items, head=found.head)


def _own(path: str) -> str:
    return path if links.own_path(path) else ""


def _same_site() -> None:
    """A form of ours, not one that another site submits: browsers say where a request comes from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This form was sent from another site.", code="csrf_failed")


def _again(name: str, following: str, refusal: Refused) -> Response:
    page = render_template("pages/login.html", username=name, next=following, wrong=refusal.detail)
    response = make_response(page, refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
