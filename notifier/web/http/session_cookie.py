"""Flask's signed session cookie, read only from requests that have one.

Nearly none has: signing in has cookies of its own. Preparing to verify what is not there, and to store what is empty, took a twentieth of
a short request.
"""

from __future__ import annotations

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


class _CookieSessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        has_one = "HTTP_COOKIE" in request.environ and self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if has_one else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)


def register(app: Flask) -> None:
    app.session_interface = _CookieSessions()
