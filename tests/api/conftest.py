"""Run the API in this process, by WSGI without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from notifier.extensions import db
from notifier.services.accounts import api_keys
from tests.api.contents import miscounted
from tests.api_client import Api
from tests.databases import Databases
from tests.people import People, people_in_process

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def people(databases: Databases, settings: dict[str, object]) -> Iterator[People]:
    with databases.fresh() as url, people_in_process(url, **settings) as people:
        yield people


@pytest.fixture
def api(people: People) -> Api:
    """The API without a signed-in user."""
    return people.api


@pytest.fixture
def ask(api: Api, people: People) -> Ask:
    """A request with a key of the scope `people`."""
    with people.elsewhere():
        key = api_keys.create("host", scopes=["people"])
    return lambda method, path, **kwargs: api.request(method, path, key, **kwargs)


@pytest.fixture(autouse=True)
def _consistent_database(people: People) -> Iterator[None]:
    """Check after each test that stored counts equal the rows, and that all connections are back in the pool."""
    yield
    assert miscounted(people) == []
    with people.elsewhere():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
