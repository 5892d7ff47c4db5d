"""What a page's view reads from the browser's request, and the redirects it answers with."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, request

from notifier.services import validation


def redirect_to(address: str) -> Response:
    """Redirect with 303, so that the browser requests `address` with GET also after a form."""
    return make_response(redirect(address, code=303))


def own_path(path: str) -> str:
    """Return `path` if it is a path of this site, else an empty string: no open redirects."""
    return path if validation.is_own_path(path) else ""


def is_htmx() -> bool:
    """Whether htmx sent the request: the answer is partials, not a whole page."""
    return request.headers.get("HX-Request") == "true"


def is_viewed() -> bool:
    """Whether the user sees the answer: a page, or a part of one that a script loads.

    Browsers also prefetch pages which the user may never open, and an image in a notification may have any address of this site.
    """
    seen = request.headers.get("Sec-Fetch-Dest", "document") in ("document", "empty")
    return request.method == "GET" and seen and "Sec-Purpose" not in request.headers


def referring_page() -> str:
    """Path and query of the page of this site that the request comes from, or an empty string."""
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    path = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return own_path(path) if referrer.netloc == request.host else ""
