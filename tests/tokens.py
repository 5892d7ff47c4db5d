"""Access tokens that the server would not issue: signed with the tests' key, with arbitrary claims."""

from __future__ import annotations

from typing import Any

import jwt

from tests.servers.notifier import SECRET_KEY


def reissued(token: str, **claims: Any) -> str:
    """Return the token with some claims replaced, such as `exp` in seconds since 1970."""
    known = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(known | claims, SECRET_KEY, algorithm="HS256")
