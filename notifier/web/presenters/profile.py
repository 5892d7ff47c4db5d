"""Users and groups as their API shows them, and the result of an import."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from notifier.models.user import Role
from notifier.services.accounts.importing import Imported
from notifier.services.accounts.profiles import Profiles
from notifier.web.http.json_answers import Count, ResponseModel, timestamp


class Profile(ResponseModel):
    """A user, as admins and your application see one."""

    id: str = Field(examples=["0198c0de-1111-7c3d-8e4f-5a6b7c8d9e0f"])
    subject: str | None = Field(examples=["42"])
    """The id that your application knows the user by; `null` for a user of this server alone."""
    name: str = Field(examples=["Ann-Example"])
    """Unique, as in `user:NAME`."""
    label: str = Field(examples=["Ann Example"])
    """The name as it is shown."""
    email: str | None = Field(examples=["ann@example.com"])
    locale: str = Field(examples=["de"])
    time_zone: str = Field(examples=["Europe/Berlin"])
    role: Role
    disabled: bool = Field(examples=[False])
    groups: list[str] = Field(examples=[["staff"]])
    created_at: datetime = Field(examples=["2026-01-01T10:00:00.000Z"])


class GroupShown(ResponseModel):
    """A group."""

    name: str = Field(examples=["staff"])
    managed: bool = Field(examples=[False])
    """The tokens of your application say who is in it."""
    members: Count = Field(examples=[3])
    """Their number."""
    created_at: datetime = Field(examples=["2026-01-01T10:00:00.000Z"])


class Member(ResponseModel):
    """A user in a group."""

    group: str = Field(examples=["staff"])
    user: str = Field(examples=["alice"])
    manager: bool = Field(examples=[False])


class FailedLine(ResponseModel):
    """A line that was not imported."""

    line: Count = Field(examples=[7])
    """Counted from 1."""
    detail: str = Field(examples=["name: is required"])


class ImportResult(ResponseModel):
    """The result of an import. Lines that are not among `failed` were imported."""

    created: Count = Field(examples=[998])
    updated: Count = Field(examples=[1])
    failed: list[FailedLine]


def profile_values(found: Profiles) -> list[dict[str, Any]]:
    """The users of a page."""
    return [
        {
            "id": row.public_id,
            "subject": row.subject,
            "name": row.name,
            "label": row.label or row.name,
            "email": row.email,
            "locale": row.locale,
            "time_zone": row.time_zone,
            "role": row.role,
            "disabled": row.disabled_at is not None,
            "groups": found.groups[row.id],
            "created_at": timestamp(row.created_at),
        }
        for row in found.rows
    ]


def import_result(imported: Imported) -> ImportResult:
    failed = [FailedLine(line=number, detail=detail) for number, detail in imported.failed]
    return ImportResult(created=imported.created, updated=imported.updated, failed=failed)
