"""A user as a host application or a sign-in provider describes one. Validated when it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notifier import mail_addresses
from notifier.models.identity import SUBJECT_LENGTH
from notifier.models.user import LABEL_LENGTH
from notifier.services import validation
from notifier.services.accounts.page_settings import zones

_LOCALE = re.compile(r"[A-Za-z]{1,8}([-_][A-Za-z0-9]{1,8}){0,3}")
_MAX_LOCALE_LENGTH = 35
MAX_GROUPS = 100


@dataclass(frozen=True, slots=True)
class Person:
    """A user of a host application.

    `subject`: the host's id of the user, 1 to 128 characters. An empty text, and None for `groups`, means: leave as it is.
    Raises `ValueError` with the field and what is wrong with it, such as `email: must be an address`.
    """

    subject: str
    name: str = ""
    email: str = ""
    locale: str = ""
    time_zone: str = ""
    groups: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.subject, int) and not isinstance(self.subject, bool):  # the id of a row, as most hosts have it
            object.__setattr__(self, "subject", str(self.subject))
        for field, check in _CHECKS.items():
            object.__setattr__(self, field, _checked(field, check, getattr(self, field)))
        if self.groups is not None:
            object.__setattr__(self, "groups", _names(self.groups))


def subject(value: str) -> str:
    """A host's id of a user. Raises `ValueError`, as the others below."""
    if not 1 <= len(validation.line(value)) <= SUBJECT_LENGTH:
        raise ValueError(f"must have 1 to {SUBJECT_LENGTH} characters")
    return value


def label(value: str) -> str:
    """A name as it is shown, or empty."""
    value = validation.line(value).strip()
    if len(value) > LABEL_LENGTH:
        raise ValueError(f"must have at most {LABEL_LENGTH} characters")
    return value


def email(value: str) -> str:
    """An address, or empty."""
    return mail_addresses.address(value) if value else ""


def locale(value: str) -> str:
    """A language with its variants, or empty."""
    if value and (len(value) > _MAX_LOCALE_LENGTH or not _LOCALE.fullmatch(value)):
        raise ValueError("must be a language such as de or pt-BR")
    return value


def time_zone(value: str) -> str:
    """A name of the IANA database, or empty."""
    if value and value not in zones():
        raise ValueError("must be a time zone such as Europe/Berlin")
    return value


_CHECKS: dict[str, Callable[[str], str]] = {
    "subject": subject,
    "name": label,
    "email": email,
    "locale": locale,
    "time_zone": time_zone,
}


def _checked(field: str, check: Callable[[str], str], value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{field}: must be text")
    try:
        return check(validation.line(value))
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def _names(groups: Sequence[str]) -> tuple[str, ...]:
    if isinstance(groups, str) or not isinstance(groups, list | tuple):
        raise ValueError("groups: must be a list of names")
    if len(groups) > MAX_GROUPS:
        raise ValueError(f"groups: must have at most {MAX_GROUPS}")
    return tuple(_checked(f"groups[{place}]", validation.line, name) for place, name in enumerate(groups))
