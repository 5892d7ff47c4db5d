"""Chromium, for its own EventSource."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser of the system, not one that Playwright would fetch."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is missing: apt install chromium (Debian)")
    return browser_type_launch_args | {"executable_path": chromium, "args": [*_FLAGS]}
