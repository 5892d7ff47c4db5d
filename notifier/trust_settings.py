"""Settings of trust in a host application: its issuer, and the key of its tokens.

`ValueError` names what is allowed.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

_KEY_SETTINGS = ("TRUSTED_SECRET", "TRUSTED_PUBLIC_KEY", "TRUSTED_JWKS_URL")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
LEAST_RSA_BITS = 2048
_PUBLIC_KEY = f"a public key in PEM: RSA of at least {LEAST_RSA_BITS} bits, P-256 or Ed25519"
_OWN_ISSUER = "notifier"
OIDC_SETTINGS = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")


def web_address(value: str) -> str:
    """An address that is safe to fetch keys from: https, or http on loopback."""
    parts = urlsplit(value)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if value and not ((parts.scheme == "https" or plain) and parts.hostname and not parts.username):
        raise ValueError("https://HOST/PATH (http only on loopback)")
    return value


def provider(value: str) -> str:
    """The issuer of a sign-in provider."""
    return issuer(web_address(value))


def issuer(value: str) -> str:
    if value == _OWN_ISSUER or len(value) > 255 or not value.isprintable():
        raise ValueError("up to 255 characters, such as https://app.example.com, and not `notifier`, which signs this server's own tokens")
    return value


def public_key(value: str) -> str:
    value = value.replace("\\n", "\n")  # a variable holds one line only in many places
    if value:
        algorithm_of(value)
    return value


@cache
def algorithm_of(pem: str) -> str:
    """The algorithm of a public key, by its kind."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(_PUBLIC_KEY) from None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= LEAST_RSA_BITS:
        return "RS256"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return "ES256"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "EdDSA"
    raise ValueError(_PUBLIC_KEY)


def check(issuer: str, keys: tuple[str, str, str], own_keys: tuple[str, str]) -> None:
    """Raise `ValueError` unless there is neither an issuer nor a key, or an issuer and one key."""
    given = [name for name, value in zip(_KEY_SETTINGS, keys, strict=True) if value]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} are set at once; set one of them")
    if given and not issuer:
        raise ValueError(f"TRUSTED_ISSUER is required with {given[0]}: the `iss` of the tokens")
    if issuer and not given:
        raise ValueError(f"TRUSTED_ISSUER needs one of {', '.join(_KEY_SETTINGS)}")
    if keys[0] and keys[0] in own_keys:
        raise ValueError("TRUSTED_SECRET must differ from SECRET_KEY and the one before, which sign the tokens of admins too")
