"""Accessibility by axe's rules: all of them in light mode, colour contrast in dark mode too."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

_AXE = Axe()


def assert_accessible(page: Page, where: str) -> None:
    page.emulate_media(color_scheme="light")
    light = _AXE.run(page)
    page.emulate_media(color_scheme="dark")
    dark = _AXE.run(page, options={"runOnly": ["color-contrast"], "resultTypes": ["violations"]})
    for scheme, found in (("light", light), ("dark", dark)):
        assert found.violations_count == 0, f"{where}, {scheme}: {found.generate_report()}"
