"""Pages of progress sessions: the list, one session, and its changing part for polling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, url_for

from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions as service
from notifier.web.api.sessions import SessionPage
from notifier.web.auth import permissions
from notifier.web.http.base_path import here_with_query
from notifier.web.http.request_body import Query
from notifier.web.pages.browser_request import is_htmx
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.layout import render_page
from notifier.web.pages.visitor import Visitor, current_visitor
from notifier.web.presenters.session import progress_bar

blueprint = page_blueprint("sessions", __name__, url_prefix="/sessions")


@blueprint.get("")
def index() -> str:
    """The sessions the user may watch.

    Only those that the user owns or is a viewer of come by the stream of the page.
    """
    visitor = current_visitor()
    query, viewer = Query(SessionPage).parsed(), _viewer(visitor)
    found = service.listing(viewer, limit=query.limit, before=query.before)
    listed = [(session, progress_bar(session)) for session in found.sessions]
    context = {
        "listed": listed,
        "before": found.before,
        "first": query.before is None,
        "address": here_with_query(),
        "others": viewer.admin or not all(_follows(visitor, session, found.viewers[session.id]) for session in found.sessions),
    }
    if is_htmx():
        return render_template("partials/_session_list.html", user=visitor.account, **context)
    return render_page("pages/sessions.html", visitor, **context)


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    visitor = current_visitor()
    return render_page("pages/session.html", visitor, **_context(visitor, public_id))


@blueprint.get("/<public_id>/progress")
def progress(public_id: str) -> str:
    """The part of the page that changes."""
    visitor = current_visitor()
    return render_template("partials/_session_details.html", user=visitor.account, **_context(visitor, public_id))


def _viewer(visitor: Visitor) -> Viewer:
    return permissions.user_viewer(visitor.account, visitor.account.role)


def _follows(visitor: Visitor, session: Any, viewers: Sequence[str]) -> bool:
    """Whether the user's own stream carries this session."""
    return visitor.account.name in (session.owner, *viewers)


def _context(visitor: Visitor, public_id: str) -> dict[str, Any]:
    found = service.get(public_id, _viewer(visitor))
    (session,) = found.sessions
    viewers = found.viewers[session.id]
    follows = _follows(visitor, session, viewers)
    address = url_for(".progress", public_id=public_id)
    return {"session": session, "bar": progress_bar(session), "viewers": viewers, "follows": follows, "progress_address": address}
