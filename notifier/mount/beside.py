"""A server beside the application.

This process signs tokens and sends messages, and shares nothing else with it.
"""

from __future__ import annotations

from typing import Any

from flask import Response

from notifier.client import Client, NotReached
from notifier.client.transport import Transport
from notifier.mount.host_token import MIN_SECRET_LENGTH
from notifier.services.accounts.person import Person

_TIMEOUT_SECONDS = 5.0


class Beside:
    """A `Place`."""

    def __init__(self, url: str, secret: str, key: str) -> None:
        if len(secret) < MIN_SECRET_LENGTH:
            raise ValueError(f"secret: at least {MIN_SECRET_LENGTH} characters, the same as the server's NOTIFIER_TRUSTED_SECRET")
        self.secret = secret
        self._url = url.rstrip("/")
        self._key = key
        self._http = Transport(self._url, timeout=_TIMEOUT_SECONDS)
        self._client = Client(self._url, self._api_key, timeout=_TIMEOUT_SECONDS)

    def base(self) -> str:
        return self._url

    def pages(self) -> dict[str, str]:
        return {}

    def badge(self, token: str | None) -> Response:
        """What the server answers. An htmx element shows nothing when it does not answer."""
        if token is None:
            return Response(status=204)
        try:
            answer = self._http.request("GET", "/fragments/badge", {"Authorization": f"Bearer {token}", "Accept": "text/html"}, b"")
        except NotReached as error:
            return Response(f"The notification server does not answer: {error}", 503, content_type="text/plain")
        return Response(answer.body, answer.status, {"Cache-Control": "no-store"}, content_type="text/html; charset=utf-8")

    def send(self, to: str | list[str], fields: dict[str, Any], idempotency_key: str | None) -> dict[str, Any]:
        message = fields.pop("message", "")
        return self._client.push(to, message, idempotency_key=idempotency_key, **fields)

    def end_streams(self, person: Person) -> None:
        """Nothing: they end with their token."""

    def _api_key(self) -> str:
        if not self._key:
            raise ValueError("to send, pass `key` or set NOTIFIER_API_KEY: `notifier key create NAME` on the server prints one")
        return self._key
