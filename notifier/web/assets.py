"""The files of the front end: those fetched by the set-up, which may be missing, and our own."""

from __future__ import annotations

import json
from pathlib import Path

from flask import current_app

VENDOR = ("vendor/htmx.min.js", "vendor/hx-sse.js", "vendor/hx-upsert.js")
SCRIPTS = ("stream.js", "tabs.js", "page.js")

HTMX = json.dumps(
    {
        "extensions": "sse, upsert",
        "history": False,
        "includeIndicatorCSS": False,
        "sse": {
            "reconnectDelay": 1000,
            "reconnectMaxDelay": 25_000,
            "reconnectMaxAttempts": 10,
            "reconnectJitter": 0.2,
            "pauseOnBackground": False,
            "connectTimeout": 10_000,
        },
    }
)
"""htmx's settings. Its own defaults close a stream in the background, and keep a history that the browser keeps better."""


def missing() -> list[str]:
    """What the set-up should have fetched. Without it pages work as plain forms and links."""
    return [file for file in VENDOR if not _there(file)]


def present() -> tuple[str, ...]:
    """What pages load: all of it or nothing."""
    return () if missing() else VENDOR


def scripts() -> tuple[str, ...]:
    return SCRIPTS if present() else ()


def _there(file: str) -> bool:
    return Path(current_app.static_folder or "", file).is_file()
