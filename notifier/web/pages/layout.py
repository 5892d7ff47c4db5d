"""The layout that all pages share: navigation, bell, dropdown, and the cursor of the stream."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, render_template, url_for

from notifier.models.user import Role
from notifier.realtime.sse import Cursor
from notifier.services import configured_channels
from notifier.services.accounts import oidc, page_settings
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.push.devices import PUSH
from notifier.web.auth import host, open_mode, permissions
from notifier.web.auth.permissions import Operation
from notifier.web.events.partials import LIST_LENGTH
from notifier.web.http import assets, paths, site
from notifier.web.http.base_path import here
from notifier.web.pages.visitor import Visitor
from notifier.web.presenters import undo
from notifier.web.presenters.notification import clock, iso, item_views, offset
from notifier.web.presenters.pause import pause_text

_NAVIGATION = (
    ("Notifications", "history.page", Operation.READ_INBOX),
    ("Sessions", "sessions.index", Operation.WATCH_SESSIONS),
    ("Send", "admin.send_form", Operation.SEND),
    ("Admin", "admin.overview", Operation.ADMINISTER),
)
"""(label, endpoint, operation that a user needs to see it) of each link in the header."""


def register(app: Flask) -> None:
    """Set up Jinja for pages and for the streams, which draw the same partials."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(iso=iso, clock=clock, offset=offset)
    app.jinja_env.globals["password_sign_in"] = app.config["PASSWORD_SIGN_IN"]
    with app.app_context():
        app.jinja_env.globals["provider"] = oidc.name() if oidc.is_on() else ""
    paths.register(app)
    site.register(app)


def render_page(template: str, visitor: Visitor, **context: Any) -> str:
    """Render `template` with what the layout needs and the page's own `context`.

    The page's stream starts at the inbox `seq` that was read before the page's lists, so no change is missed in between.
    """
    account = visitor.account
    chosen = page_settings.get(account.id)
    newest = inbox.listing(account.id, Filter(), limit=LIST_LENGTH)
    return render_template(
        template,
        user=account,
        csrf_token=visitor.csrf_token,
        preferences=chosen,
        paused=pause_text(chosen),
        newest=item_views(newest),
        more=newest.before is not None,
        unread=newest.head.unread,
        seq=account.head,
        cursor=str(Cursor(account.epoch, account.head)),
        undo=undo.last(account.id),
        nav=_navigation(account.role),
        in_host=host.in_host(),
        signs_out=not host.in_host() and not open_mode.is_on(),
        push_on=PUSH in configured_channels.by_name(),
        assets=assets.present(),
        htmx_config=assets.HTMX,
        streams_enabled=account.streams,
        heartbeat_seconds=current_app.config["HEARTBEAT_SECONDS"],
        **context,
    )


def _navigation(role: Role) -> list[tuple[str, str, bool]]:
    """(label, address, is it the current page) of each link that `role` may open."""
    links = [(label, url_for(endpoint)) for label, endpoint, operation in _NAVIGATION if permissions.role_may(role, operation)]
    return [(label, address, here() == address) for label, address in links]
