"""Who somebody is, and what keeps them signed in."""

from __future__ import annotations

from typing import Literal

from notifier.models.user import Role
from notifier.web.schemas.shape import Count, Shape


class User(Shape):
    """Somebody who can sign in."""

    id: str
    username: str
    role: Role


class Tokens(Shape):
    """What keeps somebody signed in."""

    access_token: str
    refresh_token: str
    """Good for one refresh; the answer carries the next one."""
    token_type: Literal["Bearer"]
    expires_in: Count
    """Seconds until the access token ends."""
    user: User


class Nothing(Shape):
    """An empty object."""
