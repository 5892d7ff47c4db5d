"""Sign in, refresh, sign out and change the password, in JSON."""

from __future__ import annotations

import json
from typing import Annotated

from flask import Blueprint, Response, current_app
from pydantic import Field

from notifier.errors import Forbidden, Invalid, TooMany, Unauthenticated
from notifier.services.accounts import password_changes, sign_ins
from notifier.services.rate_limits import rates
from notifier.services.validation import Line, StrictModel
from notifier.web.auth import callers, cookies, own_tokens, permissions
from notifier.web.http.errors import Problem, problem
from notifier.web.http.json_answers import compact, json_answer
from notifier.web.http.request_body import Body
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.security import Who
from notifier.web.presenters.account import Nothing, Refreshed, Tokens, refreshed, tokens_of

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth")

Password = Annotated[str, Field(min_length=1, max_length=1024, repr=False)]
_GIVEN = Answer(
    "The next two tokens. By cookie: new cookies, and no token.",
    Tokens | Refreshed,
)
_WRONG = Unauthenticated("Name and password do not belong together.", code="credentials_invalid")


class Credentials(StrictModel):
    username: Annotated[Line, Field(min_length=1, max_length=256)]
    password: Password


class PasswordChange(StrictModel):
    old: Password
    new: Password


@blueprint.post("/login")
@operation(
    who=Who.PUBLIC,
    answers={
        200: Answer("Signed in.", Tokens),
        401: Answer(
            "Wrong name or wrong password, which look the same.",
            Problem,
            json.loads(compact(problem(_WRONG))),
            content_type="application/problem+json",
        ),
    },
    errors=(TooMany,),
)
def login(body: Body[Credentials]) -> Response:
    """Sign in.

    Programs send the access token with each request, as `Authorization: Bearer TOKEN`. Failed attempts are counted, see `429`.
    """
    refuse_password()
    given = body.parsed()
    begun = sign_ins.begin(given.username, given.password, callers.address())
    if begun is None:
        raise Unauthenticated(_WRONG.detail, code=_WRONG.code)
    return json_answer(tokens_of(begun))


@blueprint.post("/refresh")
@operation(who=Who.SIGNED_IN, answers={200: _GIVEN})
def refresh() -> Response:
    """Refresh the tokens of a sign-in.

    The previous refresh token stays good for 30 seconds, for tabs that refresh at the same moment. An older one ends the sign-in, since
    it may be stolen. A browser's tokens stay in cookies that no script can read.
    """
    claims = own_tokens.refresh_claims()
    return _given(sign_ins.refresh(claims["sid"], claims["jti"], claims["csrf"]))


@blueprint.post("/logout")
@operation(who=Who.USER, answers={200: Answer("Signed out.", Nothing)})
def logout() -> Response:
    """Sign out.

    Ends this sign-in's tokens and closes its streams; other sign-ins of the user go on.
    """
    # Either token of the sign-in will do: the access token may have expired by now.
    account, ended = permissions.signing_out()
    if ended is not None:
        sign_ins.end(account.id, ended)
    return json_answer(Nothing())


@blueprint.post("/password")
@operation(who=Who.USER, answers={200: _GIVEN}, errors=(Invalid, TooMany))
def change_password(body: Body[PasswordChange]) -> Response:
    """Change the password.

    Ends all the user's sign-ins and streams; API keys stay good. The answer begins a new sign-in.
    """
    account = permissions.user()
    given = body.parsed()
    rates().count("LOGIN_RATE", "password", account.public_id)
    changed = password_changes.change_password(account, given.old, given.new)
    return _given(sign_ins.start(changed))


def refuse_password() -> None:
    """Raise `Forbidden` where passwords are not accepted."""
    if not current_app.config["PASSWORD_SIGN_IN"]:
        raise Forbidden("Nobody signs in with a password here. Use the sign-in page.")


def _given(tokens: sign_ins.Tokens) -> Response:
    """The tokens of a sign-in.

    A browser's stay in cookies, which no script can read.
    """
    if not own_tokens.by_cookie_token():
        return json_answer(tokens_of(tokens))
    response = json_answer(refreshed(tokens))
    cookies.keep(response, tokens)
    return response
