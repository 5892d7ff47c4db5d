"""Why a request was refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from notifier.web.schemas.shape import Shape


class FieldProblem(Shape):
    """What is wrong with one field."""

    field: str
    """A path such as `actions[0].url`."""
    detail: str


class Problem(Shape):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    """What to do about it, for people."""
    code: str
    """The same, for programs."""
    errors: list[FieldProblem]
