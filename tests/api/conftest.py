"""The API in this process: no server stands between it and the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api_client import Api
from tests.databases import Databases
from tests.people import People, people_in_process


@pytest.fixture(scope="module")
def people(databases: Databases, settings: dict[str, object]) -> Iterator[People]:
    with databases.fresh() as url, people_in_process(url, **settings) as people:
        yield people


@pytest.fixture
def api(people: People) -> Api:
    """For whoever is not signed in."""
    return people.api
