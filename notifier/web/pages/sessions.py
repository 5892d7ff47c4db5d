"""The pages of progress sessions, and the HTML twin of asking for their status."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions as service
from notifier.web.api.sessions import Query
from notifier.web.auth import permissions
from notifier.web.http.request_body import asked
from notifier.web.pages.layout import Visitor, by_htmx, page, pages, visitor
from notifier.web.presenters.session import bar

blueprint = pages("sessions", __name__, url_prefix="/sessions")


@blueprint.get("")
def index() -> str:
    """What one may watch. While it is open, the list is asked for anew from time to time; bars of one's own move by themselves."""
    looking = visitor()
    query = asked(Query)
    found = service.listing(_viewer(looking), limit=query.limit, before=query.before)
    listed = [(session, bar(session)) for session in found.sessions]
    context = {"listed": listed, "before": found.before, "first": query.before is None, "address": request.full_path.rstrip("?")}
    if by_htmx():
        return render_template("partials/_sessions.html", user=looking.account, **context)
    return page("pages/sessions.html", looking, **context)


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    looking = visitor()
    return page("pages/session.html", looking, **_shown(looking, public_id))


@blueprint.get("/<public_id>/progress")
def progress(public_id: str) -> str:
    """The part of the page that changes."""
    looking = visitor()
    return render_template("partials/_session.html", user=looking.account, **_shown(looking, public_id))


def _viewer(looking: Visitor) -> Viewer:
    return permissions.user_viewer(looking.account, looking.account.role)


def _shown(looking: Visitor, public_id: str) -> dict[str, Any]:
    found = service.get(public_id, _viewer(looking))
    (session,) = found.sessions
    viewers = found.viewers[session.id]
    follows = looking.account.name in (session.owner, *viewers)
    address = url_for(".progress", public_id=public_id)
    return {"session": session, "bar": bar(session), "viewers": viewers, "follows": follows, "progress_address": address}
