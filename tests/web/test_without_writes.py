"""A database that takes no writes, since it is full or a standby: what is read still is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import Connection

from notifier import database
from notifier.errors import Unavailable
from notifier.services.accounts import api_keys
from tests.api_client import Person
from tests.people import People


class NoWrites:
    """`database.write` of such a database. `tried`: how often it was called."""

    def __init__(self) -> None:
        self.tried = 0

    @contextmanager
    def __call__(self) -> Iterator[Connection]:
        self.tried += 1
        raise Unavailable("The database takes no writes.", code="database")
        yield


@pytest.fixture
def no_writes() -> NoWrites:
    return NoWrites()


@pytest.fixture
def sent(dana: Person, alice_name: str) -> str:
    id: str = dana.send(f"user:{alice_name}", title="Hello", actions=[{"label": "Go", "url": "https://elsewhere.example/"}])["id"]
    return id


@pytest.fixture
def key(people: People, alice_name: str) -> str:
    with people.elsewhere():
        return api_keys.create("a reader", user=alice_name, scopes=("read",))


def test_pages_links_and_keys_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch, no_writes: NoWrites, alices_browser: httpx.Client, dana: Person, sent: str, key: str
) -> None:
    monkeypatch.setattr(database, "write", no_writes)

    page = alices_browser.get("/notifications", headers={"Accept": "text/html"})
    followed = alices_browser.get(f"/go/{sent}/0")
    listed = dana.api.request("GET", "/api/notifications", key)

    assert (page.status_code, "Hello" in page.text) == (200, True)
    assert (followed.status_code, followed.headers["Location"]) == (303, "https://elsewhere.example/")
    assert [item["id"] for item in listed.json()] == [sent]


def test_use_of_keys_is_tried_again_as_late_as_after_a_record(
    people: People, monkeypatch: pytest.MonkeyPatch, no_writes: NoWrites, dana: Person, key: str
) -> None:
    monkeypatch.setattr(database, "write", no_writes)
    people.app.extensions.pop(api_keys._USE_TRIED_AGAIN_AT, None)

    for _ in range(3):
        dana.api.request("GET", "/api/notifications", key)
    assert no_writes.tried == 1
    people.app.extensions[api_keys._USE_TRIED_AGAIN_AT] -= 60
    dana.api.request("GET", "/api/notifications", key)

    assert no_writes.tried == 2
