"""A host application: its keys, and the tokens that it signs for its users."""

from __future__ import annotations

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://app.example.com"
SECRET = "a secret that the host and the tests share"
SETTINGS: dict[str, object] = {"TRUSTED_ISSUER": ISSUER, "TRUSTED_SECRET": SECRET}

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()


def claims(subject: str, **changed: Any) -> dict[str, Any]:
    """The claims of a token of five minutes. A claim that is changed to None is left out."""
    found = {"iss": ISSUER, "aud": "notifier", "sub": subject, "exp": int(time.time()) + 300} | changed
    return {name: value for name, value in found.items() if value is not None}


def host_token(subject: str, **changed: Any) -> str:
    """A token signed with `SECRET`."""
    return jwt.encode(claims(subject, **changed), SECRET, algorithm="HS256")


def pem(private: PrivateKeyTypes) -> str:
    """The public half of a key."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
