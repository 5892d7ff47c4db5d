"""Reasons of decisions as text, for lists, for "Why did I get this?" and for the trace."""

from __future__ import annotations

from collections.abc import Mapping

_TEXTS: Mapping[str, str] = {
    "default_off": "{label} is off by default",
    "choice_off": "{you} switched {label} off",
    "muted_type": "{you} muted this kind",
    "muted_sender": "{you} muted its sender",
    "muted_thread": "{you} muted this thread",
    "quiet_hours": "it came in {your} quiet hours",
    "paused": "{you} had paused notifications",
    "rate_limited": "many of {label} came within the hour",
}
"""By reason; those that concern the app."""


def reason_text(reason: str, label: str, *, name: str = "") -> str:
    """A reason as half a sentence. `label`: of the category. `name`: of the user, for other readers."""
    who = {"you": name, "your": f"{name}'s"} if name else {"you": "you", "your": "your"}
    return _TEXTS.get(reason, reason.replace("_", " ")).format(label=label or "this kind", **who)


def archived_text(reason: str, label: str) -> str:
    """What the archive shows of a notification that was archived when it arrived."""
    return f"Archived on arrival: {reason_text(reason, label)}"
