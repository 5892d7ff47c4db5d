"""What a page's scripts ask for beside the stream, as the same partials: what changed after a cursor, and the lists as they are.

Each answer says in `Last-Event-ID` how far it is. An expired access token is refreshed in the same answer.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from notifier.realtime.sse import Cursor
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.inbox import Filter
from notifier.services.sessions import sessions
from notifier.services.streams import snapshot_reader
from notifier.web.auth import callers
from notifier.web.events.html import html_events
from notifier.web.events.partials import LIST
from notifier.web.pages import history
from notifier.web.pages.history import Asked
from notifier.web.pages.layout import visitor
from notifier.web.presenters.notification import of_listing
from notifier.web.presenters.session import bar

blueprint = Blueprint("fragments", __name__)


@blueprint.get("/poll")
def poll() -> Response:
    """What `/stream` would have said after the cursor `after`, once; 204 for nothing. All lists, where that cannot be told."""
    callers.same_site()
    account = visitor().account
    cursor = Cursor.parse(request.args.get("after", ""))
    if cursor is None or cursor.epoch != account.epoch:
        return _whole(account)
    if cursor.seq == account.head:
        progress = _progress(account)
        return answer(account, progress, cursor) if progress else Response(status=204)
    return _since(account, cursor.seq) or _whole(account)


@blueprint.get("/fragments/inbox")
def inbox_lists() -> Response:
    """Badge and dropdown; with `history=1` the history too, by its own filters."""
    callers.same_site()
    account = visitor().account
    return _whole(account, history.asked() if request.args.get("history") == "1" else None)


def answer(account: Account, html: str, cursor: Cursor) -> Response:
    """Parts for the page of `account`: one that was made for somebody else must not take them."""
    headers = {"Last-Event-ID": str(cursor), "X-User": account.public_id}
    return Response(html, content_type="text/html; charset=utf-8", headers=headers)


def _since(account: Account, seq: int) -> Response | None:
    """The partials after the operation `seq`, or None where they cannot be told."""
    snapshot = snapshot_reader.snapshot([(account.id, seq)], current_app.config["REPLAY_LIMIT"])
    page = snapshot.pages[account.id]
    if page.changes is None or page.behind > len(page.changes) or not page.floor <= seq <= page.seq:
        return None
    html = html_events().partials(page.changes, seq, page, snapshot) + _progress(account)
    return answer(account, html, Cursor(snapshot.epoch, page.seq))


def _progress(account: Account) -> str:
    """How the sessions stand that are under way."""
    return "".join(html_events().draw.progress(bar(session)) for session in sessions.under_way(account.id))


def _whole(account: Account, asked: Asked | None = None) -> Response:
    """All lists as they are. The cursor is of the state in which the first of them was read."""
    newest = inbox.listing(account.id, Filter(), limit=LIST)
    html = html_events().draw.lists(of_listing(newest), newest.head, more=newest.before is not None)
    if asked is not None:
        html += history.partial(account, asked)
    return answer(account, html, Cursor(newest.head.epoch, newest.head.seq))
