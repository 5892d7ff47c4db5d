"""What a type of notification looks like, and how loudly it comes: `kind` names its icon and colour."""

from __future__ import annotations

KINDS = ("info", "success", "warning", "error")
_ENDINGS = {
    "success": ("complete", "completed", "success", "succeeded", "done", "ready"),
    "error": ("error", "failed", "failure"),
    "warning": ("warning", "needed", "required"),
}
# What a toast says of types whose senders often give nothing but a text.
HEADLINES = {"video_complete": "Video Ready!", "video_failed": "Video Generation Failed"}
_LOUD = ("high", "urgent")


def kind(type_: str) -> str:
    """One of `KINDS`. A type of the sender's own, such as `video_complete`, is known by its last word."""
    last = type_.replace(".", "_").replace("-", "_").rpartition("_")[2]
    return next((kind for kind, endings in _ENDINGS.items() if last in endings), "info")


def toasts(type_: str, priority: str) -> bool:
    """Whether it comes up as a toast: information does so only when it is pressing, and what has low priority never."""
    return priority in _LOUD or (priority == "normal" and kind(type_) != "info")


def stays(type_: str, priority: str) -> bool:
    """Whether its toast stays until it is dismissed."""
    return priority == "urgent" or kind(type_) == "error"


def rings(priority: str) -> bool:
    """Whether it may be heard, by who has turned the sound on."""
    return priority != "low"
