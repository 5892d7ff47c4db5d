"""A user and the tokens of a sign-in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from notifier.models.user import Role
from notifier.services.accounts import sign_ins, tokens
from notifier.services.accounts.users import Account
from notifier.web.http.json_answers import Count, ResponseModel


class User(ResponseModel):
    """A user."""

    id: str = Field(examples=["0198c0de-1111-7c3d-8e4f-5a6b7c8d9e0f"])
    username: str = Field(examples=["alice"])
    role: Role


class Tokens(ResponseModel):
    """The tokens of a sign-in."""

    access_token: str = Field(examples=["eyJhbGciOi…"])
    refresh_token: str = Field(examples=["eyJhbGciOi…"])
    """Good for one refresh; the answer carries the next one."""
    token_type: Literal["Bearer"]
    expires_in: Count = Field(examples=[1800])
    """Seconds until the access token expires."""
    user: User


class Refreshed(ResponseModel):
    """A sign-in whose tokens are in cookies."""

    expires_in: Count = Field(examples=[1800])
    """Seconds until the access token expires."""
    user: User


class Nothing(ResponseModel):
    """An empty object."""


def tokens_of(given: sign_ins.Tokens) -> Tokens:
    """The tokens of a sign-in, with its user."""
    return Tokens(
        access_token=given.access,
        refresh_token=given.refresh,
        token_type="Bearer",
        expires_in=tokens.access_seconds(),
        user=_user(given.account),
    )


def refreshed(given: sign_ins.Tokens) -> Refreshed:
    """As `tokens_of`, without the tokens."""
    return Refreshed(expires_in=tokens.access_seconds(), user=_user(given.account))


def _user(account: Account) -> User:
    return User(id=account.public_id, username=account.name, role=account.role)
