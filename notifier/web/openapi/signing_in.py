"""The calls that begin, keep and end a sign-in."""

from __future__ import annotations

import json

from notifier.errors import Invalid, TooMany, Unauthenticated
from notifier.web.api.auth import Credentials, PasswordChange
from notifier.web.http import errors
from notifier.web.http.json_answers import ResponseModel, compact
from notifier.web.openapi.call import PROBLEM, Answer, Call, Who
from notifier.web.presenters.account import Tokens


class Nothing(ResponseModel):
    """An empty object."""


_TAG = "Signing in"
_TOKENS = {
    "access_token": "eyJhbGciOi…",
    "refresh_token": "eyJhbGciOi…",
    "token_type": "Bearer",
    "expires_in": 1800,
    "user": {"id": "0198c0de-1111-7c3d-8e4f-5a6b7c8d9e0f", "username": "alice", "role": "user"},
}
_WRONG = Unauthenticated("Name and password do not belong together.", code="credentials_invalid")

CALLS = (
    Call(
        method="POST",
        path="/api/auth/login",
        name="login",
        tag=_TAG,
        summary="Sign in",
        description="Programs send the access token with each request, as `Authorization: Bearer TOKEN`. Failures are counted, see `429`.",
        who=Who.ANYBODY,
        body=Credentials,
        bodies={"A password": {"username": "alice", "password": "correct horse battery staple"}},
        answers={
            200: Answer("Signed in.", Tokens, _TOKENS),
            401: Answer("Wrong name or wrong password, both alike.", errors.Problem, json.loads(compact(errors.problem(_WRONG))), PROBLEM),
        },
        refused=(TooMany,),
    ),
    Call(
        method="POST",
        path="/api/auth/refresh",
        name="refresh",
        tag=_TAG,
        summary="Carry on a sign-in",
        description="The previous refresh token stays good for 30 seconds, for tabs that refresh at the same moment. "
        "An older one ends the sign-in: it was stolen, or its thief came first.",
        who=Who.SIGNED_IN,
        answers={200: Answer("The next two tokens.", Tokens, _TOKENS)},
    ),
    Call(
        method="POST",
        path="/api/auth/logout",
        name="logout",
        tag=_TAG,
        summary="Sign out",
        description="Ends this sign-in's tokens and closes its streams; other sign-ins of the user go on.",
        who=Who.USER,
        answers={200: Answer("Signed out.", Nothing, {})},
    ),
    Call(
        method="POST",
        path="/api/auth/password",
        name="change_password",
        tag=_TAG,
        summary="Change one's password",
        description="Ends all the user's sign-ins and streams. The answer carries the tokens of a new one.",
        who=Who.USER,
        body=PasswordChange,
        bodies={"A new password": {"old": "correct horse battery staple", "new": "a much longer and better password"}},
        answers={200: Answer("Changed.", Tokens, _TOKENS)},
        refused=(Invalid, TooMany),
    ),
)
