"""The system's Chromium, so that playwright downloads none.

Debian's headless shell is preferred: it draws no browser window, which takes a third of the processor time.
"""

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
    """This machine has no Chromium. The message lists the names searched for."""


def launch_options(*, shell: bool = True) -> dict[str, Any]:
    """Launch options for playwright.

    Without the `shell` it is the whole browser without a window: the shell shows no notifications. Raises `ChromiumMissing`.
    """
    names = _NAMES if shell else _NAMES[1:]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise ChromiumMissing(f"no Chromium: none of {', '.join(names)} is on the PATH")
    if shell:
        return {"executable_path": found, "args": list(_FLAGS)}
    return {"executable_path": found, "args": [*_FLAGS, "--headless=new"], "ignore_default_args": ["--headless"]}
