"""Servers that are harmed: each module has its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.site import Sites


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    with closing(Sites(tmp_path_factory.mktemp("sites"))) as sites:
        yield sites
