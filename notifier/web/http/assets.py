"""Vendor files that pages load. They are fetched by the set-up and may be missing."""

from __future__ import annotations

import json
from pathlib import Path

from flask import current_app

VENDOR = ("vendor/htmx.min.js", "vendor/hx-sse.min.js", "vendor/hx-upsert.min.js")

HTMX = json.dumps({"extensions": "sse, upsert", "history": False, "includeIndicatorCSS": False, "defaultSettleDelay": 0})
"""Settings of htmx. Its history is off since browsers do that better; no settle delay, as in a hidden tab each one takes a second."""


def missing() -> list[str]:
    """The vendor files that are missing. Without them pages work as plain forms and links."""
    return [file for file in VENDOR if not _there(file)]


def present() -> tuple[str, ...]:
    """The vendor files to load: all of them or none."""
    return () if missing() else VENDOR


def _there(file: str) -> bool:
    return Path(current_app.static_folder or "", file).is_file()
