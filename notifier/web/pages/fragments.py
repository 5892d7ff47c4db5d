"""Partials that a page's scripts request beside the stream.

The changes after a cursor, and the current lists.
Each answer carries its cursor in `Last-Event-ID`. An expired access token is refreshed in the same answer.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request

from notifier.realtime.sse import Cursor
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.sessions import sessions
from notifier.services.streams import snapshot_reader
from notifier.web.auth import own_tokens
from notifier.web.events.html import html_events
from notifier.web.events.partials import LIST_LENGTH
from notifier.web.http import last_event_id
from notifier.web.pages import history
from notifier.web.pages.history import HistoryQuery
from notifier.web.pages.visitor import current_visitor
from notifier.web.presenters.notification import item_views
from notifier.web.presenters.session import progress_bar

blueprint = Blueprint("fragments", __name__)


@blueprint.get("/poll")
def poll() -> Response:
    """What `/stream` would have sent after the cursor.

    204 if nothing; the whole lists if that cannot be determined.
    The cursor is the query parameter `after`, or given as for a stream.
    """
    own_tokens.same_site()
    account = current_visitor().account
    after = request.args.get("after")
    cursor = last_event_id.cursor() if after is None else Cursor.parse(after)
    if cursor is None or cursor.epoch != account.epoch:
        return _whole_lists(account)
    if cursor.seq == account.head:
        progress = _progress(account)
        return partials_response(account, progress, cursor) if progress else Response(status=204)
    return _changes_since(account, cursor.seq) or _whole_lists(account)


@blueprint.get("/fragments/inbox")
def inbox_lists() -> Response:
    """Badge and dropdown; with `history=1` also the history that the other arguments select."""
    own_tokens.same_site()
    account = current_visitor().account
    return _whole_lists(account, history.from_request() if request.args.get("history") == "1" else None)


@blueprint.get("/fragments/badge")
def badge() -> Response:
    """The unread count for a page of a host application.

    Empty when nothing is unread.
    """
    own_tokens.same_site()
    account = current_visitor().account
    head = inbox.head(account.id)
    html = render_template("partials/_host_badge.html", unread=head.unread)
    return partials_response(account, html, Cursor(head.epoch, head.seq))


def head_response(account: Account, html: str) -> Response:
    """Partials about something else than the inbox, with its present cursor."""
    head = inbox.head(account.id)
    return partials_response(account, html, Cursor(head.epoch, head.seq))


def partials_response(account: Account, html: str, cursor: Cursor) -> Response:
    """`X-User` lets a page that was rendered for another user ignore the answer."""
    headers = {"Last-Event-ID": str(cursor), "X-User": account.public_id}
    return Response(html, content_type="text/html; charset=utf-8", headers=headers)


def _changes_since(account: Account, seq: int) -> Response | None:
    """The partials after the operation `seq`, or None if the server cannot replay from there."""
    snapshot = snapshot_reader.snapshot([(account.id, seq)], current_app.config["REPLAY_LIMIT"], listed=True)
    page = snapshot.pages[account.id]
    if page.changes is None or page.behind > len(page.changes) or not page.floor <= seq <= page.seq:
        return None
    html = html_events().partials(page.changes, seq, page, snapshot) + _progress(account)
    return partials_response(account, html, Cursor(snapshot.epoch, page.seq))


def _progress(account: Account) -> str:
    """The progress bars of the user's sessions that have not ended."""
    return "".join(html_events().draw.progress(progress_bar(session)) for session in sessions.under_way(account.id))


def _whole_lists(account: Account, query: HistoryQuery | None = None) -> Response:
    """All lists.

    The cursor is that of the list which was read first, so that a later change is not skipped.
    """
    newest = inbox.listing(account.id, Filter(), limit=LIST_LENGTH)
    html = html_events().draw.lists(item_views(newest), newest.head, more=newest.before is not None)
    if query is not None:
        html += history.render_update(account, query)
    return partials_response(account, html, Cursor(newest.head.epoch, newest.head.seq))
