"""Run contract tests with what users have: `notifier serve`, and Chromium with its own EventSource.

A module with settings of its own starts gunicorn, which `notifier serve` becomes, without that: it takes half as long.
"""

import pytest

from tests.browser.conftest import browser_type_launch_args
from tests.servers import Notifier, Served

__all__ = ["browser_type_launch_args"]


@pytest.fixture(scope="module")
def program(settings: dict[str, object]) -> type[Notifier]:
    return Notifier if settings else Served
