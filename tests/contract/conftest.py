"""Run contract tests with what users have: Chromium with its own EventSource. `test_open` also starts the server as users do."""

from tests.browser.conftest import browser_type_launch_args

__all__ = ["browser_type_launch_args"]
