"""What people have: `notifier serve`, and Chromium with an EventSource of its own."""

import pytest

from tests.browser.conftest import browser_type_launch_args
from tests.servers import Notifier, Served

__all__ = ["browser_type_launch_args"]


@pytest.fixture(scope="module")
def program() -> type[Notifier]:
    return Served
