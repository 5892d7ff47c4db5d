"""The life of one notification through the API, the quick check that nothing essential is broken."""

from __future__ import annotations

import pytest

from tests.api_client import Person, problem
from tests.databases import Databases


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """One kind: each step is tested on both where it has a file of its own."""
    return sqlite_databases


def test_notification_is_sent_listed_read_and_deleted(alice: Person, bob: Person, dana: Person) -> None:
    sent = dana.send(alice, title="Video Ready!")
    path = f"/api/notifications/{sent['id']}"

    (listed,) = alice.get("/api/notifications").json()
    assert (listed["id"], listed["title"], listed["status"]) == (sent["id"], "Video Ready!", "unread")
    problem(bob.get(path), 404)
    assert alice.patch(path, json={"status": "read"}).json()["unread_count"] == 0
    assert alice.delete(path).status_code == 200
    assert alice.get("/api/notifications").json() == []
