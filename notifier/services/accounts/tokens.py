"""JSON Web Tokens: who may be who, for how long. HS256 only, with issuer and audience; what they are good for says `access`."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from flask import current_app
from flask_jwt_extended import create_access_token, create_refresh_token

from notifier.models.user import Role
from notifier.services.accounts.users import Account

LOCAL = "@local"
"""The subject of tokens that the command line signs for itself on the server's machine; no user can have this name."""
_LOCAL_SECONDS = 60


def access_token(account: Account, *, sign_in: int | None = None) -> str:
    """Bound to a sign-in, or, signed on the server's machine, to the user alone."""
    claims = {"ver": account.token_version} | ({} if sign_in is None else {"sid": sign_in, "csrf": _csrf(sign_in)})
    return str(create_access_token(account.public_id, additional_claims=claims))


def refresh_token(account: Account, *, sign_in: int, jti: str) -> str:
    return str(create_refresh_token(account.public_id, additional_claims={"sid": sign_in, "jti": jti, "csrf": _csrf(sign_in)}))


def access_seconds() -> int:
    """How long an access token lives."""
    life: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    return int(life.total_seconds())


def refresh_seconds() -> int:
    """How long a refresh token lives."""
    life: timedelta = current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    return int(life.total_seconds())


def local_token(role: Role = Role.SENDER) -> str:
    """For one command on this machine: whoever can read the signing key may send."""
    return str(create_access_token(LOCAL, additional_claims={"role": role}, expires_delta=timedelta(seconds=_LOCAL_SECONDS)))


def _csrf(sign_in: int) -> str:
    """The same for all tokens of a sign-in: no form goes stale because another tab has refreshed them."""
    key: str = current_app.config["SECRET_KEY"]
    return hmac.new(key.encode(), b"csrf of sign-in %d" % sign_in, hashlib.sha256).hexdigest()
