"""The files of the front end: those fetched by the set-up, which may be missing, and our own."""

from __future__ import annotations

import json
from pathlib import Path

from flask import current_app

VENDOR = ("vendor/htmx.min.js", "vendor/hx-sse.js", "vendor/hx-upsert.js")
# Modules. The page's comes first: it has to listen when the other, which needs the vendor files, says how the connection is.
_PAGE, _LIVE = "js/page.js", "js/tabs.js"

HTMX = json.dumps({"extensions": "sse, upsert", "history": False, "includeIndicatorCSS": False, "defaultSettleDelay": 0})
"""htmx's settings. Browsers keep a page's history better, and in a hidden tab each delay is a second."""


def missing() -> list[str]:
    """What the set-up should have fetched. Without it pages work as plain forms and links."""
    return [file for file in VENDOR if not _there(file)]


def present() -> tuple[str, ...]:
    """What pages load: all of it or nothing."""
    return () if missing() else VENDOR


def scripts() -> tuple[str, ...]:
    return (_PAGE,) if missing() else (_PAGE, _LIVE)


def _there(file: str) -> bool:
    return Path(current_app.static_folder or "", file).is_file()
