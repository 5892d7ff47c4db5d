"""Run the application in this process, by WSGI without a server, unless a module says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api_client import Api
from tests.databases import Databases
from tests.people import People, people_in_process


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite, where the database does not matter."""
    return sqlite_databases


@pytest.fixture(scope="module")
def people(databases: Databases, settings: dict[str, object]) -> Iterator[People]:
    with databases.fresh() as url, people_in_process(url, **settings) as people:
        yield people


@pytest.fixture
def api(people: People) -> Api:
    return people.api
