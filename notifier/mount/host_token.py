"""Sign the tokens by which browsers of the application's users call the server."""

from __future__ import annotations

import time

import jwt

from notifier.services.accounts.person import Person

LIVES_SECONDS = 300
SHORTEST_SECRET = 32


def sign(person: Person, issuer: str, secret: str) -> str:
    """A token of `person`. Its claims are those of OpenID Connect."""
    now = int(time.time())
    claims = {"iss": issuer, "aud": "notifier", "sub": person.subject, "iat": now, "exp": now + LIVES_SECONDS}
    given = {"name": person.name, "email": person.email, "locale": person.locale, "zoneinfo": person.time_zone}
    claims |= {name: value for name, value in given.items() if value}
    if person.groups is not None:
        claims["groups"] = list(person.groups)
    return jwt.encode(claims, secret, algorithm="HS256")
