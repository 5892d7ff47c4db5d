"""Tokens that the command line signs on the server's machine.

A process that can read the signing key may send.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time

SUBJECT = "@local"
"""The subject of these tokens. No user can have this name."""
_LIFE_SECONDS = 60
_ISSUER = _AUDIENCE = "notifier"


def local_token(secret: str, role: str = "sender") -> str:
    """Create a token for one request: a JWT by HS256, like those of sign-ins.

    Written out here, as a library takes longer to import.
    """
    now = int(time.time())
    claims = {"iat": now, "nbf": now, "exp": now + _LIFE_SECONDS, "jti": secrets.token_hex(16)}
    claims |= {"sub": SUBJECT, "type": "access", "fresh": False, "role": role, "iss": _ISSUER, "aud": _AUDIENCE}
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


def _encoded(content: object) -> str:
    return _base64(json.dumps(content, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
