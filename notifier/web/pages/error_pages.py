"""Errors as pages for browsers, and as problem documents for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from notifier.errors import Forbidden, NotFound, Refused, Unauthenticated
from notifier.services import denials
from notifier.web.auth import host
from notifier.web.http import errors
from notifier.web.http.base_path import here_with_query
from notifier.web.pages.browser_request import is_htmx, redirect_to, referring_page
from notifier.web.pages.layout import render_page
from notifier.web.pages.visitor import known_visitor


def register(app: Flask) -> None:
    """Answer addresses that belong to no blueprint."""
    app.register_error_handler(404, _unknown_address)


def page_blueprint(name: str, import_name: str, **options: Any) -> Blueprint:
    """Make a blueprint of pages: it redirects to the sign-in page, and answers errors as pages."""
    blueprint = Blueprint(name, import_name, **options)
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(Exception, _unexpected)
    return blueprint


def _refused(refusal: Refused) -> Response:
    if isinstance(refusal, Unauthenticated):
        return _sign_in(refusal)
    if not _accepts_html():
        return errors.refused(refusal)
    if isinstance(refusal, Forbidden):
        denials.note(refusal, request.method, request.path)
    body = render_template("partials/_error_toast.html", refusal=refusal) if is_htmx() else _error_page(refusal)
    response = make_response(body, refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _sign_in(refusal: Unauthenticated) -> Response:
    if host.in_host():
        return make_response(render_template("pages/error.html", refusal=refusal), 401) if _accepts_html() else errors.refused(refusal)
    if is_htmx():
        return _htmx_redirect(refusal)
    if request.method in ("GET", "HEAD"):
        return redirect_to(url_for("login.page", next=here_with_query()))
    if not _accepts_html():
        return errors.refused(refusal)
    return redirect_to(url_for("login.page", next=referring_page() or None))


def _htmx_redirect(refusal: Unauthenticated) -> Response:
    """Redirect the whole page: htmx would follow a 303 and put the sign-in page into the open one."""
    response = errors.refused(refusal)
    response.headers["HX-Redirect"] = url_for("login.page", next=referring_page() or None)
    return response


def _unknown_address(error: HTTPException) -> Response:
    if not _accepts_html() or request.path.startswith("/api/"):
        return errors.http_error(error)
    not_found = NotFound("There is no page at this address. Check it, or start from your notifications.")
    return make_response(render_template("pages/error.html", refusal=not_found), 404)


def _unexpected(error: Exception) -> Response:
    """An error of the server. The page needs no database, which may be what failed."""
    if isinstance(error, HTTPException):
        return errors.http_error(error)
    problem = errors.unexpected(error)
    if not _accepts_html():
        return problem
    failure = {"title": "Internal Server Error", "detail": "The server failed. The error was logged; try again later."}
    return make_response(render_template("pages/error.html", refusal=failure), 500)


def _error_page(refusal: Refused) -> str:
    """With bell and navigation if the user was known before the request was refused."""
    visitor = known_visitor()
    try:
        if visitor is not None:
            return render_page("pages/error.html", visitor, refusal=refusal)
    except Refused:
        current_app.logger.warning("an error page is shown without the user's inbox, which cannot be read")
    return render_template("pages/error.html", refusal=refusal)


def _accepts_html() -> bool:
    return "text/html" in request.accept_mimetypes.values()
