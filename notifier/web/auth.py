"""Signing in with JSON."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from notifier.errors import Unauthenticated
from notifier.services import sign_in, tokens
from notifier.services.drafts import Line
from notifier.web import guards
from notifier.web.body import parsed

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth")


class Credentials(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    username: Annotated[Line, Field(min_length=1, max_length=256)]
    password: Annotated[str, Field(min_length=1, max_length=1024, repr=False)]


@blueprint.post("/login")
def login() -> Response:
    given = parsed(Credentials)
    account = sign_in.attempt(given.username, given.password, guards.address())
    if account is None:
        raise Unauthenticated("Name and password do not belong together.", code="credentials_invalid")
    user = {"id": account.public_id, "username": account.name, "role": account.role}
    answer = {
        "access_token": tokens.access_token(account),
        "token_type": "Bearer",
        "expires_in": tokens.access_seconds(),
        "user": user,
    }
    return jsonify(answer)
