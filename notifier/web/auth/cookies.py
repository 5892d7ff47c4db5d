"""The cookies of a browser's sign-in: HttpOnly, and `Secure` except on loopback.

Secure ones are named `__Host-…`: browsers accept such a cookie from this very host over HTTPS only, so that no other host of the domain
can plant a sign-in. In requests they are renamed to the names without prefix, and cookies with those names do not count.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, request
from werkzeug.datastructures import ImmutableMultiDict

from notifier import current
from notifier.services.accounts import tokens
from notifier.services.accounts.sign_ins import Tokens
from notifier.web.http import loopback

_NAMES = ("JWT_ACCESS_COOKIE_NAME", "JWT_ACCESS_CSRF_COOKIE_NAME", "JWT_REFRESH_COOKIE_NAME", "JWT_REFRESH_CSRF_COOKIE_NAME")

_PREFIX = "__Host-"


def register(app: Flask) -> None:
    app.before_request(_read)


def _read() -> None:
    if "HTTP_COOKIE" not in current.request().environ or not _secure():
        return
    known = {_PREFIX + current_app.config[name]: current_app.config[name] for name in _NAMES}
    plain = set(known.values())
    request.cookies = ImmutableMultiDict(
        [(known.get(name, name), value) for name, value in request.cookies.items(multi=True) if name not in plain]
    )


def keep(response: Response, given: Tokens) -> None:
    """Set both tokens, and beside each the CSRF token that forms repeat."""
    for name, value in zip(_NAMES, (given.access, given.csrf, given.refresh, given.csrf), strict=True):
        _set(response, current_app.config[name], value)


def kept() -> bool:
    """Whether the browser keeps the cookies: they are `Secure`, except on loopback.

    `X-Forwarded-Proto` counts even of a proxy that is not trusted: this decides only what a page explains.
    """
    forwarded = request.headers.get("X-Forwarded-Proto", "") == "https"
    return request.is_secure or forwarded or not _secure()


def forget(response: Response) -> None:
    """Delete all cookies of the sign-in."""
    for name in _NAMES:
        response.delete_cookie(_named(current_app.config[name]), path=_path(), httponly=True, secure=_secure(), samesite="Lax")


def keep_briefly(response: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie of a sign-in that is under way at a provider."""
    response.set_cookie(_named(name), value, max_age=seconds, path=_path(), httponly=True, secure=_secure(), samesite="Lax")


def forget_brief(response: Response, name: str) -> None:
    """Delete a cookie of `keep_briefly`."""
    response.delete_cookie(_named(name), path=_path(), httponly=True, secure=_secure(), samesite="Lax")


def kept_briefly(name: str) -> str:
    """The value of a cookie of `keep_briefly`, or an empty string."""
    return request.cookies.get(_named(name), "")


def csrf() -> str:
    """The CSRF token that forms of this request's page have to repeat."""
    return request.cookies.get(current_app.config["JWT_ACCESS_CSRF_COOKIE_NAME"], "")


def _set(response: Response, name: str, value: str) -> None:
    """Set a cookie that lives as long as the sign-in.

    An expired access token still names the user to refresh.
    """
    lives = tokens.refresh_seconds()
    response.set_cookie(_named(name), value, max_age=lives, path=_path(), httponly=True, secure=_secure(), samesite="Lax")


def _named(name: str) -> str:
    return _PREFIX + name if _secure() else name


def _path() -> str:
    """The base path, so that other applications of the host do not get the cookies.

    `/` where the prefix of the name demands it.
    """
    return "/" if _secure() else request.script_root or "/"


def _secure() -> bool:
    return request.is_secure or not loopback.is_local_name()
