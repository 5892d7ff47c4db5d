"""Run contract tests with what users have: `notifier serve`, and Chromium with its own EventSource."""

import pytest

from tests.browser.conftest import browser_type_launch_args
from tests.servers import Notifier, Served

__all__ = ["browser_type_launch_args"]


@pytest.fixture(scope="module")
def program() -> type[Notifier]:
    return Served
