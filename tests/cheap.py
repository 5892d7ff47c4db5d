"""Hashes of passwords, made cheap in this process. Servers do it as ever."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from notifier.services.accounts import passwords
from tests.people import CHEAP_HASHER


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A hash takes 0.1 ms, and not 100."""
    with patch.multiple(passwords, _hasher=CHEAP_HASHER, _DUMMY_HASH=CHEAP_HASHER.hash("no password")):
        yield
