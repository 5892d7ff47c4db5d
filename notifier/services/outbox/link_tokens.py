"""Signed tokens in the links of mails. They name what they are good for, and need no sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from notifier.errors import NotFound
from notifier.services.accounts.tokens import signing_keys

CONFIRM_LIFE_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Stopping:
    """What a link stops: deliveries of a category to a user on one channel, by public id and slug."""

    user: str
    category: str
    channel: str


def unsubscribe(user: str, category: str, channel: str) -> str:
    """The token that stops a category's deliveries to a user.

    It does not expire: mails are kept for years.
    """
    return str(URLSafeSerializer(signing_keys(), salt="unsubscribe").dumps([user, category, channel]))


def read_unsubscribe(token: str) -> Stopping:
    """What `token` stops. Raises `NotFound`."""
    try:
        user, category, channel = URLSafeSerializer(signing_keys(), salt="unsubscribe").loads(token)
    except (BadData, ValueError, TypeError):
        raise unknown() from None
    return Stopping(str(user), str(category), str(channel))


def choice(token: str, value: str | None) -> str:
    """The choice before `token` was used, signed, for undoing it."""
    return str(URLSafeSerializer(signing_keys(), salt="unsubscribe-undo").dumps([token, value]))


def read_choice(token: str, signed: str) -> str | None:
    """The choice before `token` was used. Raises `NotFound`."""
    try:
        of_token, value = URLSafeSerializer(signing_keys(), salt="unsubscribe-undo").loads(signed)
    except (BadData, ValueError, TypeError):
        raise unknown() from None
    if of_token != token:
        raise unknown()
    return None if value is None else str(value)


def confirm(user: str, email: str) -> str:
    """The token that confirms that an address is the user's."""
    return str(URLSafeTimedSerializer(signing_keys(), salt="confirm-email").dumps([user, email]))


def read_confirm(token: str) -> tuple[str, str]:
    """The user and the address of `token`. Raises `NotFound`, also when it is older than 7 days."""
    try:
        user, email = URLSafeTimedSerializer(signing_keys(), salt="confirm-email").loads(token, max_age=CONFIRM_LIFE_SECONDS)
    except (BadData, ValueError, TypeError):
        raise unknown() from None
    return str(user), str(email)


def unknown() -> NotFound:
    """The error for every token that is not good, whatever is wrong with it."""
    return NotFound("This link is not valid, or no longer. Open your settings instead.")
