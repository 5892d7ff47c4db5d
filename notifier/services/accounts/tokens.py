"""Create access and refresh tokens (HS256, issuer and audience checked).

Revocation is checked against the database on every use.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from flask import current_app
from flask_jwt_extended import create_access_token, create_refresh_token

from notifier.services.accounts.users import Account


def access_token(account: Account, *, sign_in: int | None = None) -> str:
    """Create an access token of a sign-in.

    Without `sign_in`, on the server's machine, one of the user alone.
    """
    claims = {"ver": account.token_version} | ({} if sign_in is None else {"sid": sign_in, "csrf": _csrf(sign_in)})
    return str(create_access_token(account.public_id, additional_claims=claims))


def refresh_token(account: Account, *, sign_in: int, jti: str) -> str:
    """Create a refresh token. `jti`: the id under which the sign-in knows it."""
    return str(create_refresh_token(account.public_id, additional_claims={"sid": sign_in, "jti": jti, "csrf": _csrf(sign_in)}))


def access_seconds() -> int:
    """The lifetime of an access token."""
    life: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    return int(life.total_seconds())


def refresh_seconds() -> int:
    """The lifetime of a refresh token."""
    life: timedelta = current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    return int(life.total_seconds())


def _csrf(sign_in: int) -> str:
    """The CSRF token, the same for all tokens of a sign-in.

    So forms stay valid when another tab refreshes the tokens.
    """
    key: str = current_app.config["SECRET_KEY"]
    return hmac.new(key.encode(), b"csrf of sign-in %d" % sign_in, hashlib.sha256).hexdigest()
