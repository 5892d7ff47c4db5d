"""The pages: signing in and out, and the inbox."""

from __future__ import annotations

from flask import Blueprint, Response, after_this_request, make_response, redirect, render_template, request, url_for

from notifier.errors import Forbidden, Refused, Unauthenticated
from notifier.services import inbox, links, sign_in
from notifier.services.accounts import Account
from notifier.services.inbox import Filter
from notifier.web import cookies, guards
from notifier.web.auth import Credentials
from notifier.web.body import checked

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def root() -> Response:
    return _to(url_for(".history"))


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
    response = _to(following or url_for(".history"))
    cookies.keep(response, begun)
    return response


@blueprint.post("/logout")
def logout() -> Response:
    account, caller = guards.reader()
    if caller.sign_in is not None:
        sign_in.end(account.id, caller.sign_in)
    response = _to(url_for(".login"))
    cookies.forget(response)
    return response


@blueprint.get("/notifications")
def history() -> str | Response:
    try:
        user, csrf_token = _signed_in()
    except Unauthenticated:
        return _to(url_for(".login", next=request.full_path.rstrip("?")))
    found = inbox.listing(user.id, Filter(), limit=20)
    return render_template("pages/history.html", user=user, items=found.items, head=found.head, csrf_token=csrf_token)


def _signed_in() -> tuple[Account, str]:
    """The page's user, and what its forms repeat. An expired access token is refreshed in the same answer.

    Raises `Unauthenticated` when there is nobody to refresh.
    """
    try:
        return guards.user(), cookies.csrf()
    except Unauthenticated as refusal:
        if refusal.code not in ("token_expired", "token_missing"):
            raise
    claims = guards.refresh_claims()
    begun = sign_in.refresh(claims["sid"], claims["jti"])

    @after_this_request
    def keep(response: Response) -> Response:
        cookies.keep(response, begun)
        return response

    return begun.account, cookies.csrf_of(begun)


def _to(address: str) -> Response:
    return make_response(redirect(address, code=303))


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
