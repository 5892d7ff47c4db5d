"""The application around this server (`notifier.mount`), and its signed-in user."""

from __future__ import annotations

from flask import request

from notifier import current
from notifier.errors import Unauthenticated
from notifier.services.accounts.person import Person

PERSON = "notifier.person"
"""The key in the WSGI environment under which the application's user is left. No header of a request can set it."""
GRANT_LIFE_SECONDS = 300.0
"""How long the application's answer holds for a stream, which then asks it again."""


def in_host() -> bool:
    """Whether there is an application around this server."""
    return PERSON in current.request().environ


def signed_in() -> Person:
    """The application's user. Raises `Unauthenticated`."""
    person: Person | None = request.environ[PERSON]
    if person is None:
        raise Unauthenticated("Sign in to the application.", code="token_missing")
    return person
