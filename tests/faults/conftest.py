"""Servers that the tests damage: each module starts its own."""

import pytest


@pytest.fixture(scope="session")
def shares_server() -> bool:
    return False
