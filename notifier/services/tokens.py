"""JSON Web Tokens: who may be who, for how long. HS256 only, with issuer and audience; revocation is the user's `token_version`."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_jwt_extended import create_access_token

from notifier.models.user import Role
from notifier.services.accounts import Account

LOCAL = "@local"
"""The subject of tokens that the command line signs for itself on the server's machine; no user can have this name."""
_LOCAL_SECONDS = 60


def access_token(account: Account) -> str:
    return str(create_access_token(account.public_id, additional_claims={"ver": account.token_version}))


def access_seconds() -> int:
    """How long an access token lives."""
    life: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    return int(life.total_seconds())


def local_token(role: Role = Role.SENDER) -> str:
    """For one command on this machine: whoever can read the signing key may send."""
    return str(create_access_token(LOCAL, additional_claims={"role": role}, expires_delta=timedelta(seconds=_LOCAL_SECONDS)))
