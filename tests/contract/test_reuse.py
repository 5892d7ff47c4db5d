"""The connection of an ended stream answers the next request (contract §2), whatever client keeps it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

from tests.api_client import Person
from tests.contract import reuse
from tests.databases import Databases
from tests.site import Site

COUNT = 15


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """A connection is the same on both."""
    return sqlite_databases


@pytest.mark.parametrize("client", reuse.CLIENTS, ids=lambda client: client.__name__)
def test_no_request_after_an_ended_stream_is_lost(
    site: Site, alice: Person, dana: Person, client: Callable[[str, str, str, int], int]
) -> None:
    if client is reuse.node_agent and shutil.which("node") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Node is missing")

    assert client(site.url, alice.token, reuse.ended_session(dana, alice), COUNT) == 0
