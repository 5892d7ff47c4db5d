"""Sign in through an OpenID Connect provider, by the authorization code flow.

With PKCE, state and nonce. Authlib is imported only here, and only when a user signs in so: it takes 37 MiB.
What a sign-in needs until the user comes back travels in a signed cookie of theirs (`Pending`), so that no process has to remember it.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from flask import current_app
from jwt.exceptions import PyJWTError

from notifier.errors import Forbidden, Unauthenticated, Unavailable
from notifier.services.accounts import oidc_accounts, oidc_claims
from notifier.services.accounts.key_set import ALGORITHMS, KeySet, fetched_from
from notifier.services.accounts.users import Account
from notifier.trust_settings import web_address

_PROVIDER = "notifier.oidc_provider"
_SCOPES = "openid profile email"
_TIMEOUT_SECONDS = 5.0
_FRESH_SECONDS = 3600.0
_CLOCK_SKEW_SECONDS = 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in under way. `next`: the path to return to."""

    state: str
    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True, slots=True)
class _Provider:
    """The provider's own description of itself, and its keys."""

    fields: dict[str, Any]
    keys: KeySet
    read_at: float


def is_on() -> bool:
    return bool(current_app.config["OIDC_ISSUER"])


def name() -> str:
    """The provider's name, for the button."""
    return current_app.config["OIDC_NAME"] or urlsplit(current_app.config["OIDC_ISSUER"]).hostname or ""


def begin(redirect_uri: str, next_path: str) -> tuple[str, Pending]:
    """The address at the provider to send the user to, and what to keep until they come back.

    Raises `Unavailable`.
    """
    pending = Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), next_path)
    address, _ = _client(redirect_uri).create_authorization_url(
        _provider().fields["authorization_endpoint"], state=pending.state, code_verifier=pending.verifier, nonce=pending.nonce
    )
    return str(address), pending


def finish(pending: Pending, state: str, code: str, redirect_uri: str) -> tuple[Account, str]:
    """Finish a sign-in at the provider and return its user.

    Also return the e-mail address that the user has to confirm, or an empty text.
    Raises `Unauthenticated`, `Forbidden` and `Unavailable`.
    """
    if not hmac.compare_digest(pending.state.encode(), state.encode()):
        raise _refused("it does not belong to this browser's sign-in")
    token = _exchange(pending, code, redirect_uri)
    given = _verified(str(token.get("id_token", "")), pending.nonce)
    given = _with_user_info(given, str(token.get("access_token", "")))
    account = oidc_accounts.account_of(given)
    if account.disabled:
        raise Forbidden("This user is disabled here. Ask an admin.")
    return account, oidc_claims.email_to_confirm(given)


def _exchange(pending: Pending, code: str, redirect_uri: str) -> dict[str, Any]:
    """Exchange the code for tokens.

    The provider compares the verifier with the challenge that the sign-in began with.
    """
    from authlib.integrations.base_client.errors import OAuthError as ClientError
    from authlib.oauth2 import OAuth2Error
    from requests import RequestException

    endpoint = _provider().fields["token_endpoint"]
    try:
        token: dict[str, Any] = _client(redirect_uri).fetch_token(
            endpoint, code=code, code_verifier=pending.verifier, timeout=_TIMEOUT_SECONDS, allow_redirects=False
        )
    except (OAuth2Error, ClientError):
        raise _refused("the provider did not accept it") from None
    except (RequestException, ValueError):
        raise _away() from None
    return token


def _verified(id_token: str, nonce: str) -> dict[str, Any]:
    """The claims of an id token. The key decides the algorithm."""
    settings = current_app.config
    try:
        key = _provider().keys.find(jwt.get_unverified_header(id_token).get("kid"))
        if key is None:
            raise _refused("the provider has no such key")
        given: dict[str, Any] = jwt.decode(
            id_token,
            key.key,
            algorithms=[ALGORITHMS[str(key.key_type)]],
            audience=settings["OIDC_CLIENT_ID"],
            issuer=settings["OIDC_ISSUER"],
            leeway=_CLOCK_SKEW_SECONDS,
            options={"require": ["iss", "aud", "sub", "exp", "iat"]},
        )
    except (PyJWTError, ValueError, TypeError, OverflowError):
        raise _refused("its token is not valid") from None
    if not hmac.compare_digest(nonce.encode(), str(given.get("nonce", "")).encode()):
        raise _refused("its token was made for another sign-in")
    if isinstance(given["aud"], list) and len(given["aud"]) > 1 and given.get("azp") != settings["OIDC_CLIENT_ID"]:
        raise _refused("its token was made for another application")
    return given


def _with_user_info(given: dict[str, Any], access_token: str) -> dict[str, Any]:
    """The claims, with those that the provider answers only apart.

    Raises `Unavailable`: without its groups an admin would become a user.
    """
    endpoint = _provider().fields.get("userinfo_endpoint")
    missing = "name" not in given or (current_app.config["OIDC_ADMIN_GROUP"] and "groups" not in given)
    if not endpoint or not missing or not access_token:
        return given
    more = _get_json(str(endpoint), {"Authorization": f"Bearer {access_token}"})
    return more | given if more.get("sub") == given["sub"] else given


def _client(redirect_uri: str) -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    settings = current_app.config
    return OAuth2Session(
        settings["OIDC_CLIENT_ID"],
        settings["OIDC_CLIENT_SECRET"],
        scope=_SCOPES,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )


def _provider() -> _Provider:
    """The provider's description, an hour old at most; an older one while the provider is away."""
    found: _Provider | None = current_app.extensions.get(_PROVIDER)
    if found is not None and time.monotonic() - found.read_at < _FRESH_SECONDS:
        return found
    issuer = current_app.config["OIDC_ISSUER"]
    try:
        fields = _get_json(issuer.rstrip("/") + "/.well-known/openid-configuration", {})
        addresses = [web_address(str(fields.get(endpoint, ""))) for endpoint in _ENDPOINTS]
        if fields.get("issuer") != issuer or not all(addresses):
            raise ValueError("its configuration is of another issuer")
    except (Unavailable, ValueError) as error:
        current_app.logger.warning("the provider %s cannot be used: %s", issuer, error)
        if found is None:
            raise _away() from None
        return found
    keys = found.keys if found and found.fields["jwks_uri"] == fields["jwks_uri"] else KeySet(fetched_from(fields["jwks_uri"]))
    found = current_app.extensions[_PROVIDER] = _Provider(fields, keys, time.monotonic())
    return found


def _get_json(address: str, headers: dict[str, str]) -> dict[str, Any]:
    import requests

    try:
        answer = requests.get(address, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        return oidc_claims.mapping(answer.json())
    except (requests.RequestException, ValueError):
        raise _away() from None


def _refused(reason: str) -> Unauthenticated:
    return Unauthenticated(f"The sign-in was refused: {reason}. Try again.", code="token_invalid")


def _away() -> Unavailable:
    return Unavailable("The sign-in provider does not answer. Try again in a moment.", code="no_provider", retry_after=30)
