"""The system's Chromium: playwright's own is not downloaded. Debian's headless shell draws no browser window: a third of the work."""

from __future__ import annotations

import shutil
from typing import Any

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ChromiumMissing(Exception):
    """This machine has no Chromium. The text says where it is looked for."""


def launch_options() -> dict[str, Any]:
    """For playwright. Raises `ChromiumMissing`."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise ChromiumMissing(f"no Chromium: none of {', '.join(_NAMES)} is on the PATH")
    return {"executable_path": found, "args": list(_FLAGS)}
