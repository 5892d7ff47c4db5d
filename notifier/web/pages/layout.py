"""What all pages have in common: who is looking, what each carries, and refusals that people can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException

from notifier.errors import Forbidden, NotFound, Refused, Unauthenticated
from notifier.models.user import Role
from notifier.realtime.sse import Cursor
from notifier.services import validation
from notifier.services.accounts import preferences, sign_ins
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.inbox import Filter
from notifier.web.auth import callers, cookies, permissions
from notifier.web.auth.permissions import Operation
from notifier.web.events.partials import LIST
from notifier.web.http import assets, errors, paths
from notifier.web.presenters import undo
from notifier.web.presenters.notification import clock, iso, of_listing

_REFRESHED = ("token_expired", "token_missing")
# What leads to other pages, for whom, as far as this application has them.
_NAVIGATION = (
    ("Notifications", "pages.history", Operation.READ_INBOX),
    ("Sessions", "sessions.index", Operation.WATCH_SESSIONS),
    ("Send", "admin.send", Operation.SEND),
    ("Admin", "admin.index", Operation.ADMINISTER),
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page. `csrf_token`: what its forms repeat."""

    account: Account
    csrf_token: str


def register(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True  # what streams send is drawn by templates too
    app.jinja_env.filters.update(iso=iso, clock=clock)
    paths.register(app)
    app.register_error_handler(404, _nowhere)


def pages(name: str, import_name: str, **options: Any) -> Blueprint:
    """A blueprint of pages: who is not signed in is sent to do so, and what it refuses to a browser is answered as a page."""
    blueprint = Blueprint(name, import_name, **options)
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(Exception, _broken)
    return blueprint


def visitor(operation: Operation = Operation.READ_INBOX) -> Visitor:
    """Who is looking; an expired access token is refreshed in the same answer. Called at the top of a view.

    Raises `Unauthenticated`, which sends them to sign in, and `Forbidden` for users whose role may not use `operation`.
    """
    found = g.visitor = _visitor()
    if not permissions.role_may(found.account.role, operation):
        raise Forbidden("This page is not for you.")
    return found


def page(template: str, visitor: Visitor, **context: Any) -> str:
    """`template`, which extends `base.html`, with `user` and `csrf_token` and what else the page shows.

    Its stream starts at the head that was read with the account, before all lists: nothing falls between.
    """
    account = visitor.account
    found = inbox.listing(account.id, Filter(), limit=LIST)
    return render_template(
        template,
        user=account,
        csrf_token=visitor.csrf_token,
        preferences=preferences.of(account.id),
        newest=of_listing(found),
        more=found.before is not None,
        unread=found.head.unread,
        seq=account.head,
        cursor=str(Cursor(account.epoch, account.head)),
        undo=undo.offered(account.id),
        nav=_navigation(account.role),
        assets=assets.present(),
        scripts=assets.scripts(),
        htmx_config=assets.HTMX,
        streams_enabled=account.streams,
        heartbeat_seconds=current_app.config["HEARTBEAT_SECONDS"],
        **context,
    )


def to(address: str) -> Response:
    """On to another page. 303, so that it is asked for with GET also after a form."""
    return make_response(redirect(address, code=303))


def own(path: str) -> str:
    """`path`, if it is one of this site, else nothing."""
    return path if validation.is_own_path(path) else ""


def by_htmx() -> bool:
    """Whether a script asks, which puts parts into the page it has."""
    return request.headers.get("HX-Request") == "true"


def came_from() -> str:
    """The page of this site that the browser says the request comes from, or nothing."""
    there = urlsplit(request.referrer or "")
    return own(there.path + (f"?{there.query}" if there.query else "")) if there.netloc == request.host else ""


def shows() -> bool:
    """Whether somebody is about to see the answer: a browser may ask for a page that is only likely to be looked at."""
    return request.method == "GET" and "Sec-Purpose" not in request.headers


def _visitor() -> Visitor:
    try:
        return Visitor(permissions.user(), cookies.csrf())
    except Unauthenticated as refusal:
        if refusal.code not in _REFRESHED:
            raise
    claims = callers.refresh_claims()
    begun = sign_ins.refresh(claims["sid"], claims["jti"])
    callers.act_as(begun.account)

    @after_this_request
    def keep(response: Response) -> Response:
        cookies.keep(response, begun)
        return response

    return Visitor(begun.account, cookies.csrf_of(begun))


def _navigation(role: Role) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this page) of each page that `role` may open, as far as this application has it."""
    there = [
        (label, url_for(endpoint))
        for label, endpoint, operation in _NAVIGATION
        if endpoint in current_app.view_functions and permissions.role_may(role, operation)
    ]
    return [(label, address, request.path == address) for label, address in there]


def _refused(refusal: Refused) -> Response:
    if isinstance(refusal, Unauthenticated) and by_htmx():
        return _sent_to_sign_in(refusal)
    if isinstance(refusal, Unauthenticated) and request.method in ("GET", "HEAD"):
        return to(url_for("pages.login", next=request.full_path.rstrip("?")))
    if not _for_people():
        return errors.refused(refusal)
    if isinstance(refusal, Unauthenticated):
        return to(url_for("pages.login", next=came_from() or None))
    if by_htmx():
        response = make_response(render_template("partials/_refused.html", refusal=refusal), refusal.status)
    else:
        response = make_response(_refusal_page(refusal), refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _nowhere(error: HTTPException) -> Response:
    """An address that there is not; for programs a problem, as everywhere."""
    if not _for_people() or request.path.startswith("/api/"):
        return errors.turned_down(error)
    return make_response(render_template("pages/refused.html", refusal=NotFound("There is nothing at this address.")), 404)


def _broken(error: Exception) -> Response:
    """A fault of ours in a page. What is shown needs no database."""
    if isinstance(error, HTTPException):
        return errors.turned_down(error)
    problem = errors.unexpected(error)
    if not _for_people():
        return problem
    said = {"title": "Something went wrong", "detail": "It is our fault, and was logged. Try again later."}
    return make_response(render_template("pages/refused.html", refusal=said), 500)


def _for_people() -> bool:
    return "text/html" in request.accept_mimetypes.values()


def _sent_to_sign_in(refusal: Unauthenticated) -> Response:
    """A redirect would be followed by the script, and the sign-in page put into the one that is open."""
    response = errors.refused(refusal)
    response.headers["HX-Redirect"] = url_for("pages.login", next=came_from() or None)
    return response


def _refusal_page(refusal: Refused) -> str:
    """With the bell and all, for somebody who was known before it was refused."""
    looking: Visitor | None = g.get("visitor")
    try:
        if looking is not None:
            return page("pages/refused.html", looking, refusal=refusal)
    except Refused:
        current_app.logger.warning("a refusal is shown without its reader's inbox, which cannot be read")
    return render_template("pages/refused.html", refusal=refusal)
