"""The HTTP side: each view checks caller and input, calls one service and presents its answer."""

from __future__ import annotations

from flask import Flask

from notifier.web import admin
from notifier.web.api import auth, embed, legacy, messages, notifications, ops, session_streams, streams
from notifier.web.api import destinations as destinations_api
from notifier.web.api import groups as groups_api
from notifier.web.api import preferences as preferences_api
from notifier.web.api import replies as replies_api
from notifier.web.api import sessions as sessions_api
from notifier.web.api import users as users_api
from notifier.web.auth import cookies, open_mode, verified_tokens
from notifier.web.http import api_versions, cors, errors, request_body, request_metrics, security_headers, session_cookie, url_rules
from notifier.web.openapi import page as openapi
from notifier.web.pages import (
    accent_files,
    action_links,
    addresses,
    attention,
    demo_site,
    error_pages,
    fragments,
    history,
    inbox_actions,
    joined_files,
    layout,
    login,
    oidc,
    partial_gallery,
    preferences,
    push,
    replies,
    sessions,
    settings,
    unsubscribe,
)


def register(app: Flask) -> None:
    """Register hooks and blueprints, in the order in which a request meets them."""
    for hook in (
        *(url_rules, session_cookie, request_metrics, security_headers, errors, open_mode, cors, cookies, request_body),
        *(verified_tokens, layout, joined_files, error_pages),
    ):
        hook.register(app)
    settings_pages = (settings, preferences, addresses, push, unsubscribe)
    inbox_pages = (history, inbox_actions, replies, action_links, attention, fragments, sessions)
    pages = (login, oidc, *inbox_pages, *settings_pages, admin, accent_files, joined_files)
    inbox = (messages, notifications, preferences_api, replies_api, sessions_api, streams, session_streams, legacy, embed)
    programs = (auth, *inbox, users_api, groups_api, destinations_api, ops, openapi)
    for views in (*pages, *programs):
        app.register_blueprint(views.blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(partial_gallery.blueprint)
        app.register_blueprint(demo_site.blueprint)
    api_versions.register(app)
