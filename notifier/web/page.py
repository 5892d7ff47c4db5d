"""What all pages have in common: who is looking, what each carries, and refusals that people can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, after_this_request, make_response, redirect, render_template, request, url_for

from notifier.errors import Forbidden, Refused, Unauthenticated
from notifier.models.user import Role
from notifier.services import sign_in
from notifier.services.accounts import Account
from notifier.web import cookies, guards, problems

EVERYBODY = tuple(Role)
_REFRESHED = ("token_expired", "token_missing")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page. `csrf_token`: what its forms repeat."""

    account: Account
    csrf_token: str


def pages(name: str, import_name: str, **options: Any) -> Blueprint:
    """A blueprint of pages: who is not signed in is sent to do so, and what it refuses to a browser is answered as a page."""
    blueprint = Blueprint(name, import_name, **options)
    blueprint.register_error_handler(Refused, _refused)
    return blueprint


def visitor(*roles: Role) -> Visitor:
    """Who is looking; an expired access token is refreshed in the same answer. Called at the top of a view.

    Raises `Unauthenticated`, which sends them to sign in, and `Forbidden` for somebody with none of `roles` (none: everybody's page).
    """
    found = _visitor()
    if found.account.role not in (roles or EVERYBODY):
        raise Forbidden("This page is not for you.")
    return found


def page(template: str, visitor: Visitor, **context: Any) -> str:
    """`template`, which extends `base.html`, with `user` and `csrf_token` and what else the page shows."""
    return render_template(template, user=visitor.account, csrf_token=visitor.csrf_token, **context)


def to(address: str) -> Response:
    """On to another page. 303, so that it is asked for with GET also after a form."""
    return make_response(redirect(address, code=303))


def _visitor() -> Visitor:
    try:
        return Visitor(guards.user(), cookies.csrf())
    except Unauthenticated as refusal:
        if refusal.code not in _REFRESHED or request.method not in ("GET", "HEAD"):
            raise
    claims = guards.refresh_claims()
    begun = sign_in.refresh(claims["sid"], claims["jti"])

    @after_this_request
    def keep(response: Response) -> Response:
        cookies.keep(response, begun)
        return response

    return Visitor(begun.account, cookies.csrf_of(begun))


def _refused(refusal: Refused) -> Response:
    if isinstance(refusal, Unauthenticated) and request.method in ("GET", "HEAD"):
        return to(url_for("pages.login", next=request.full_path.rstrip("?")))
    if "text/html" not in request.accept_mimetypes.values():
        return problems.refused(refusal)
    if isinstance(refusal, Unauthenticated):
        return to(url_for("pages.login"))
    response = make_response(render_template("pages/refused.html", refusal=refusal), refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
