"""Accessibility by axe's rules: all of them in light mode, colour contrast in dark mode too."""

from __future__ import annotations

from axe_playwright_python.base import AxeResults  # type: ignore[import-untyped]
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

_AXE = Axe()
_CONTRAST = "axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']})"


def assert_accessible(page: Page, where: str) -> None:
    page.emulate_media(color_scheme="light")
    light = _AXE.run(page)
    page.emulate_media(color_scheme="dark")
    dark = AxeResults(page.evaluate(_CONTRAST))  # the page has axe by now: half a megabyte
    for scheme, found in (("light", light), ("dark", dark)):
        assert found.violations_count == 0, f"{where}, {scheme}: {found.generate_report()}"
