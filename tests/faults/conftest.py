"""Servers that are harmed: each module has its own."""

import pytest


@pytest.fixture(scope="session")
def shares_server() -> bool:
    return False
