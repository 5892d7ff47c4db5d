"""Flask's signed session cookie, read only from requests that have one.

Nearly none has: signing in has cookies of its own. Preparing to verify what is not there took a fortieth of a request.
"""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class _CookieSessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        has_one = "HTTP_COOKIE" in request.environ and self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if has_one else self.session_class()


def register(app: Flask) -> None:
    app.session_interface = _CookieSessions()
