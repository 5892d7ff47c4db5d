"""Access tokens that nobody would be given: signed with the tests' key, but with claims of one's own."""

from __future__ import annotations

from typing import Any

import jwt

from tests.servers.notifier import SECRET_KEY


def reissued(token: str, **claims: Any) -> str:
    """The same token with other claims, such as `exp` in seconds since 1970."""
    known = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(known | claims, SECRET_KEY, algorithm="HS256")
