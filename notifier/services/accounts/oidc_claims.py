"""Claims of a provider as a `Person`.

What is malformed is left out, since the user can do nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.models.user import LABEL_LENGTH
from notifier.services import validation
from notifier.services.accounts import person as checks
from notifier.services.accounts.person import MAX_GROUPS, Person


def person_of(claims: dict[str, Any]) -> Person:
    """The person of verified claims. Raises `ValueError` for a subject that is none."""
    return Person(
        claims["sub"],
        name=_text(claims.get("name") or claims.get("preferred_username"), checks.label),
        email=_email(claims) if _vouches_for_email(claims) else "",
        locale=_text(claims.get("locale"), checks.locale),
        time_zone=_text(claims.get("zoneinfo"), checks.time_zone),
        groups=groups_of(claims)[:MAX_GROUPS] if "groups" in claims else None,
    )


def email_to_confirm(claims: dict[str, Any]) -> str:
    """The address that the provider does not claim to have verified, or empty."""
    return "" if _vouches_for_email(claims) else _email(claims)


def groups_of(claims: dict[str, Any]) -> list[str]:
    """The names of groups among the claims."""
    named = claims.get("groups")
    return [name for name in named if isinstance(name, str) and name.isprintable()] if isinstance(named, list) else []


def mapping(value: Any) -> dict[str, Any]:
    """`value` as a JSON object. Raises `ValueError`."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _email(claims: dict[str, Any]) -> str:
    return _text(claims.get("email"), checks.email)


def _vouches_for_email(claims: dict[str, Any]) -> bool:
    """Whether the provider has verified the address. Some write the claim as a text."""
    claimed = claims.get("email_verified")
    return claimed is True or claimed == "true"


def _text(value: Any, check: Callable[[str], str]) -> str:
    try:
        return check(validation.line(value)[:LABEL_LENGTH]) if isinstance(value, str) else ""
    except ValueError:
        return ""
