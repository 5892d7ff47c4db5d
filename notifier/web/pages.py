"""The pages: signing in and out, and the inbox."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask_jwt_extended import get_csrf_token, unset_jwt_cookies
from werkzeug.wrappers import Response as Answer

from notifier.errors import Forbidden, Refused, Unauthenticated
from notifier.services import inbox, links, sign_in, tokens
from notifier.services.inbox import Filter
from notifier.web import guards
from notifier.web.auth import Credentials
from notifier.web.body import checked

blueprint = Blueprint("pages", __name__)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@blueprint.get("/")
def root() -> Answer:
    return redirect(url_for(".history"), code=303)


@blueprint.get("/login")
def login() -> str:
    return render_template("pages/login.html", username="", next=_own(request.args.get("next", "")))


@blueprint.post("/login")
def signing_in() -> Answer:
    name, following = request.form.get("username", ""), _own(request.form.get("next", ""))
    _same_site()
    try:
        given = checked(Credentials, {"username": name, "password": request.form.get("password", "")})
        account = sign_in.attempt(given.username, given.password, guards.address())
    except Refused as refusal:
        return _again(name, following, refusal)
    if account is None:
        return _again(name, following, Unauthenticated("Name and password do not belong together."))
    response = redirect(following or url_for(".history"), code=303)
    _set_cookies(response, tokens.access_token(account))
    return response


@blueprint.post("/logout")
def logout() -> Answer:
    guards.user()
    response = make_response(redirect(url_for(".login"), code=303))
    unset_jwt_cookies(response)
    return response


@blueprint.get("/notifications")
def history() -> str | Answer:
    try:
        user = guards.user()
    except Unauthenticated:
        return redirect(url_for(".login", next=request.full_path.rstrip("?")), code=303)
    found = inbox.listing(user.id, Filter(), limit=20)
    return render_template("pages/history.html", user=user, items=found.items, head=found.head, csrf_token=_csrf())


def _own(path: str) -> str:
    return path if links.own_path(path) else ""


def _same_site() -> None:
    """A form of ours, not one that another site submits: browsers say where a request comes from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This form was sent from another site.", code="csrf_failed")


def _again(name: str, following: str, refusal: Refused) -> Answer:
    page = render_template("pages/login.html", username=name, next=following, wrong=refusal.detail)
    response = make_response(page, refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _set_cookies(response: Answer, token: str) -> None:
    """The token, out of reach of scripts, and the CSRF token that forms repeat. Without TLS only ever on this machine."""
    secure = request.is_secure or urlsplit(request.host_url).hostname not in _LOOPBACK
    life = tokens.access_seconds()
    names = current_app.config
    response.set_cookie(names["JWT_ACCESS_COOKIE_NAME"], token, max_age=life, httponly=True, secure=secure, samesite="Lax")
    response.set_cookie(
        names["JWT_ACCESS_CSRF_COOKIE_NAME"],
        str(get_csrf_token(token)),
        max_age=life,
        httponly=True,
        secure=secure,
        samesite="Lax",
    )


def _csrf() -> str:
    return request.cookies.get(current_app.config["JWT_ACCESS_CSRF_COOKIE_NAME"], "")
