"""Sign the tokens by which browsers of the application's users call the server."""

from __future__ import annotations

import time

import jwt

from notifier.services.accounts.person import Person

TOKEN_LIFE_SECONDS = 300
MIN_SECRET_LENGTH = 32


def sign(person: Person, issuer: str, secret: str) -> str:
    """A token of `person`. Its claims are those of OpenID Connect."""
    now = int(time.time())
    claims = {"iss": issuer, "aud": "notifier", "sub": person.subject, "iat": now, "exp": now + TOKEN_LIFE_SECONDS}
    given = {"name": person.name, "email": person.email, "locale": person.locale, "zoneinfo": person.time_zone}
    claims |= {name: value for name, value in given.items() if value}
    if person.groups is not None:
        claims["groups"] = list(person.groups)
    return jwt.encode(claims, secret, algorithm="HS256")
