"""How a notification comes up, by its type and priority: icon and colour, toast, sound."""

from __future__ import annotations

_ENDINGS = {
    "success": ("complete", "completed", "success", "succeeded", "done", "ready"),
    "error": ("error", "failed", "failure"),
    "warning": ("warning", "needed", "required"),
}


def kind(type_: str) -> str:
    """`info`, `success`, `warning` or `error`, for icon and colour.

    A type that the sender made up, such as `video_complete`, goes by its last word.
    """
    last = type_.replace(".", "_").replace("-", "_").rpartition("_")[2]
    return next((kind for kind, endings in _ENDINGS.items() if last in endings), "info")


def makes_toast(type_: str, priority: str) -> bool:
    """Whether it comes up as a toast: information only with high priority, and low priority never."""
    return priority in ("high", "urgent") or (priority == "normal" and kind(type_) != "info")


def stays(type_: str, priority: str) -> bool:
    """Whether its toast stays until it is dismissed."""
    return priority == "urgent" or kind(type_) == "error"


def makes_sound(priority: str) -> bool:
    """Whether it is announced by a sound, for users who turned that on."""
    return priority != "low"
