"""Signing in and out, and what keeps a sign-in going, in JSON."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field

from notifier.errors import Unauthenticated
from notifier.services.accounts import sign_ins, tokens, users
from notifier.services.rate_limits import rates
from notifier.services.validation import Line
from notifier.web.auth import callers, permissions
from notifier.web.http.json_answers import json_answer
from notifier.web.http.request_body import parsed
from notifier.web.presenters.account import Tokens, User

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth")

Password = Annotated[str, Field(min_length=1, max_length=1024, repr=False)]


class Credentials(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    username: Annotated[Line, Field(min_length=1, max_length=256)]
    password: Password


class PasswordChange(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    old: Password
    new: Password


@blueprint.post("/login")
def login() -> Response:
    given = parsed(Credentials)
    begun = sign_ins.begin(given.username, given.password, callers.address())
    if begun is None:
        raise Unauthenticated("Name and password do not belong together.", code="credentials_invalid")
    return _answer(begun)


@blueprint.post("/refresh")
def refresh() -> Response:
    claims = callers.refresh_claims()
    return _answer(sign_ins.refresh(claims["sid"], claims["jti"]))


@blueprint.post("/logout")
def logout() -> Response:
    """By either token of the sign-in: the access token may have expired by now."""
    account, ended = permissions.signing_out()
    if ended is not None:
        sign_ins.end(account.id, ended)
    return json_answer({})


@blueprint.post("/password")
def password() -> Response:
    """All sign-ins of the user end, with their tokens and streams; keys go on; the answer carries new ones for whoever changed it."""
    account = permissions.user()
    given = parsed(PasswordChange)
    rates().count("LOGIN_RATE", "password", account.public_id)
    users.change_password(account, given.old, given.new)
    return _answer(sign_ins.start(users.by_name(account.name)))


def _answer(given: sign_ins.Tokens) -> Response:
    account = given.account
    user = User(id=account.public_id, username=account.name, role=account.role)
    return json_answer(Tokens(access_token=given.access, refresh_token=given.refresh, expires_in=tokens.access_seconds(), user=user))
