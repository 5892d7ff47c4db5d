"""Accessibility by axe's rules: all of them in light mode, colour contrast in dark mode too."""

from __future__ import annotations

from axe_playwright_python.base import AxeResults  # type: ignore[import-untyped]
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

_AXE = Axe()
# What passed is left out: to carry it over takes as long as to find it.
_RUN = "options => axe.run({ ...options, resultTypes: ['violations'] }).then(found => ({ ...found, passes: [], inapplicable: [] }))"


def assert_accessible(page: Page, where: str) -> None:
    page.emulate_media(color_scheme="light")
    page.evaluate(_AXE.axe_script)
    light = AxeResults(page.evaluate(_RUN, {}))
    page.emulate_media(color_scheme="dark")
    dark = AxeResults(page.evaluate(_RUN, {"runOnly": ["color-contrast"]}))
    for scheme, found in (("light", light), ("dark", dark)):
        assert found.violations_count == 0, f"{where}, {scheme}: {found.generate_report()}"
