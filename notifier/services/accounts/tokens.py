"""Create access and refresh tokens (HS256, issuer and audience checked).

Revocation is checked against the database on every use.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import current_app, g
from flask_jwt_extended import create_access_token, create_refresh_token

from notifier.services.accounts.users import Account

CLOCK_SKEW_SECONDS = 60
"""How far the clock of the process that issued a token may be ahead of the one that verifies it."""


def verifying_key() -> str:
    """The key that verifies the tokens of this request.

    `SECRET_KEY`, or after `try_previous_key` the one before it.
    """
    name = "SECRET_KEY_PREVIOUS" if g.get("previous_key") else "SECRET_KEY"
    key: str = current_app.config[name]
    return key


def try_previous_key() -> bool:
    """Use the previous key from here on. False: there is none, or it is in use already."""
    if g.get("previous_key") or not current_app.config["SECRET_KEY_PREVIOUS"]:
        return False
    g.previous_key = True
    return True


def signing_keys() -> list[str]:
    """For links and cookies that are signed: the last key signs, all of them verify."""
    return [key for key in (current_app.config["SECRET_KEY_PREVIOUS"], current_app.config["SECRET_KEY"]) if key]


def new_csrf() -> str:
    """A CSRF token, the same for all tokens of a sign-in.

    So forms stay valid when another tab refreshes the tokens, and when the signing key is replaced.
    """
    return secrets.token_hex(32)


def access_token(account: Account, *, sign_in: int | None = None, csrf: str = "") -> str:
    """Create an access token of a sign-in.

    Without `sign_in`, on the server's machine, one of the user alone.
    """
    claims = {"ver": account.token_version} | ({} if sign_in is None else {"sid": sign_in, "csrf": csrf})
    return str(create_access_token(account.public_id, additional_claims=claims))


def refresh_token(account: Account, *, sign_in: int, jti: str, csrf: str) -> str:
    """Create a refresh token. `jti`: the id under which the sign-in knows it."""
    return str(create_refresh_token(account.public_id, additional_claims={"sid": sign_in, "jti": jti, "csrf": csrf}))


def access_seconds() -> int:
    """The lifetime of an access token."""
    life: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    return int(life.total_seconds())


def refresh_seconds() -> int:
    """The lifetime of a refresh token."""
    life: timedelta = current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    return int(life.total_seconds())
