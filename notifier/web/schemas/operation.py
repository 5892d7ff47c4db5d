"""Whether the server is alive, and ready."""

from __future__ import annotations

from typing import Literal

from notifier.web.schemas.shape import Shape


class Health(Shape):
    """A sign of life."""

    status: Literal["ok"]


class Readiness(Shape):
    """Whether all is there that the server needs."""

    status: Literal["ready", "not ready"]
    checks: dict[str, str]
    """`ok`, or what is wrong, by part."""
