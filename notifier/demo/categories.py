"""Sample categories, so that pages of preferences have something to choose between."""

from __future__ import annotations

from typing import Any

from notifier.services.preferences import category_admin

_CATEGORIES: tuple[dict[str, Any], ...] = (
    {"slug": "videos", "label": "Videos", "description": "A video is ready, or failed.", "types": ("video_complete", "video_failed")},
    {"slug": "trouble", "label": "Trouble", "description": "Something needs you.", "types": ("error", "warning"), "email": "at_once"},
)


def fill() -> None:
    """Create the sample categories, unless an admin has created any."""
    if len(category_admin.listing()) > 1:
        return
    for values in _CATEGORIES:
        category_admin.create(category_admin.draft(values))
