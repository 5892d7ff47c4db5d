"""Notifications in an existing Flask application, beside it or inside it.

    notifier = Notifier(app, url="https://notifier.internal", secret=…, key=…, user=current_person)  # a server of its own
    notifier = Notifier(app, prefix="/notifications", user=current_person)                           # in this process

In templates `{{ notifier.head() }}` and `{{ notifier.bell() }}`; in views `notifier.send("id:42", title="Paid")`. The application's own
errors, limits, headers, settings and tables stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol

from flask import Flask, Response, url_for

from notifier.mount.beside import Beside
from notifier.mount.host_token import sign
from notifier.mount.tag import Tag
from notifier.services.accounts.person import Person

__all__ = ["Notifier", "Person"]

User = Callable[[], Person | None]

_EXTENSION = "notifier"


class Place(Protocol):
    """Where the notifications are served from."""

    secret: str

    def base(self) -> str:
        """The address under which pages of the application find the server, without a slash at its end."""

    def pages(self) -> dict[str, str]:
        """Paths of pages that users of the application may open there, by name."""

    def badge(self, token: str | None) -> Response:
        """The unread count of the user of `token`, as HTML."""

    def send(self, to: str | list[str], fields: dict[str, Any], idempotency_key: str | None) -> dict[str, Any]: ...

    def end_streams(self, person: Person) -> None: ...


class Notifier:
    """The extension.

    `user`: called in a request of the application; the person who is signed in, or None.
    `url`: a server of its own, `secret` its `TRUSTED_SECRET` and `key` an API key of it that may send (default: `NOTIFIER_API_KEY`).
    `prefix`: instead of these, serve everything under this path, in the application's own process; `settings` override the environment's.
    `issuer`: the `TRUSTED_ISSUER` of the server. Raises `ValueError` for arguments that do not fit together.
    """

    def __init__(
        self,
        app: Flask,
        *,
        user: User,
        url: str = "",
        secret: str = "",
        key: str = "",
        prefix: str = "",
        settings: dict[str, Any] | None = None,
        issuer: str = "host",
    ) -> None:
        if bool(url) == bool(prefix):
            raise ValueError("give `url` for a server of its own, or `prefix` to serve notifications in this application")
        self._user = user
        self._issuer = issuer
        self._place: Place = (
            Beside(url, secret, key or os.environ.get("NOTIFIER_API_KEY", "")) if url else _inside(app, prefix, user, issuer, settings)
        )
        app.extensions[_EXTENSION] = self
        app.jinja_env.globals["notifier"] = self
        app.add_url_rule("/notifier-token", "notifier_token", self._answer_token)
        app.add_url_rule("/notifier-badge", "notifier_badge", self._answer_badge)
        _listen_for_sign_outs(app, self)

    def head(self, *, nonce: str | None = None, **data: str) -> Tag:
        """The script's tag. `data`: its `data-` attributes, such as `locale="de"` or `text_bell="News"`."""
        pages = {"history_url": self.url("history")} if "history" in self._place.pages() else {}
        given = {"token_url": url_for("notifier_token"), **pages, **data}
        attributes: dict[str, str | None] = {"src": f"{self._place.base()}/embed.js", "defer": None}
        attributes |= {f"data-{name.replace('_', '-')}": value for name, value in given.items()}
        return Tag("script", attributes if nonce is None else {**attributes, "nonce": nonce})

    def bell(self) -> Tag:
        """The bell."""
        return Tag("notifier-bell")

    def inbox(self) -> Tag:
        """The list, as a part of the page."""
        return Tag("notifier-inbox")

    def url(self, name: str) -> str:
        """The path of `badge` (the count as HTML), of `token`, and inside also of `history`.

        Raises `ValueError` for another name.
        """
        paths = {"badge": url_for("notifier_badge"), "token": url_for("notifier_token"), **self._place.pages()}
        if name not in paths:
            raise ValueError(f"there is no path {name!r} here: choose one of {', '.join(paths)}")
        return paths[name]

    def send(self, to: str | Person | list[str], *, idempotency_key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send a message, and return what the API answers: `id` and `recipients`.

        `to`: `id:SUBJECT`, `user:NAME`, `group:NAME`, `role:NAME`, `all`, a list of them, or a person. `fields`: as of the API, such as
        `title`, `message`, `type`, `actions`. Raises `notifier.client.RefusedByServer`, or inside `notifier.errors.Refused`, with the field
        that is wrong; beside also `notifier.client.NotReached`.
        """
        return self._place.send(f"id:{to.subject}" if isinstance(to, Person) else to, fields, idempotency_key)

    def sign_out(self, person: Person) -> None:
        """End the person's streams.

        Inside that is at once; beside they end with their token, after five minutes at most.
        Called by itself where Flask-Login signs users out.
        """
        self._place.end_streams(person)

    def token(self) -> str | None:
        """A token of the person who is signed in, valid for five minutes."""
        person = self._user()
        return None if person is None else sign(person, self._issuer, self._place.secret)

    def _answer_token(self) -> Response:
        token = self.token()
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(token or "", 401 if token is None else 200, headers, content_type="text/plain")

    def _answer_badge(self) -> Response:
        return self._place.badge(self.token())

    def _signed_out(self, _app: Flask, **_: object) -> None:
        person = self._user()
        if person is not None:
            self.sign_out(person)


def _inside(app: Flask, prefix: str, user: User, issuer: str, settings: dict[str, Any] | None) -> Place:
    # Imported here: beside, the application needs nothing of the server.
    from notifier.mount.inside import Inside

    return Inside(app, prefix, user, issuer, settings or {})


def _listen_for_sign_outs(app: Flask, notifier: Notifier) -> None:
    """Flask-Login tells who signs out while they are still known."""
    try:
        from flask_login import user_logged_out
    except ImportError:
        return
    user_logged_out.connect(notifier._signed_out, app)
