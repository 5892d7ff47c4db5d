"""ETags: an unchanged response is not sent again, a changed one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from notifier.models import Message
from notifier.services.messages import retention
from tests.api_client import Person
from tests.databases import Databases
from tests.people import People
from tests.times import set_back


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """An entity tag is made of numbers that are the same on both."""
    return sqlite_databases


PATHS = ["/api/notifications", "/api/notifications/unread-count", "/api/notifications?status=all&limit=1"]
Change = Callable[[People, Person, Person, str], object]
PATH = "/api/notifications"


def expire(people: People, sender: Person, reader: Person, id: str) -> None:
    set_back(people, Message.ends_at, Message.public_id == id, seconds=1)
    with people.elsewhere():
        while retention.end_step():
            pass


CHANGES: dict[str, Change] = {
    "a new one": lambda people, sender, reader, id: sender.send(reader),
    "an update": lambda people, sender, reader, id: sender.send(reader, collapse_key="k"),
    "read": lambda people, sender, reader, id: reader.patch(f"{PATH}/{id}", json={"status": "read"}),
    "archived": lambda people, sender, reader, id: reader.patch(f"{PATH}/{id}", json={"status": "archived"}),
    "deleted": lambda people, sender, reader, id: reader.delete(f"{PATH}/{id}"),
    "read all": lambda people, sender, reader, id: reader.post(f"{PATH}/read-all"),
    "clear": lambda people, sender, reader, id: reader.delete(PATH),
    "undone": lambda people, sender, reader, id: reader.post(f"{PATH}/undo", json={"seq": 2}),
    "withdrawn": lambda people, sender, reader, id: sender.post(f"{PATH}/{id}/withdraw"),
    "expired": expire,
}


@pytest.fixture
def id(dana: Person, alice: Person) -> str:
    """The id of alice's unread notification, which has a collapse key; the other one of two is read, at seq 2."""
    other = dana.send(alice)["id"]
    alice.patch(f"{PATH}/{other}", json={"status": "read"})
    found: str = dana.send(alice, collapse_key="k")["id"]
    return found


def ask(person: Person, path: str, etag: str) -> Any:
    return person.get(path, headers={"If-None-Match": etag})


@pytest.mark.parametrize("path", PATHS)
def test_unchanged_answer_returns_304(alice: Person, id: str, path: str) -> None:
    etag = alice.get(path).headers["etag"]

    answers = [ask(alice, path, given) for given in (etag, f"W/{etag}", f'"x", {etag}', "*")]

    assert [(answer.status_code, answer.content) for answer in answers] == [(304, b"")] * 4
    assert {answer.headers["etag"] for answer in answers} == {etag}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("change", CHANGES)
def test_changed_answer_returns_200(people: People, dana: Person, alice: Person, id: str, path: str, change: str) -> None:
    before = alice.get(path)

    CHANGES[change](people, dana, alice, id)

    answer = ask(alice, path, before.headers["etag"])
    assert answer.status_code == 200
    assert answer.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize("path", PATHS)
def test_no_op_keeps_the_etag(dana: Person, alice: Person, bob: Person, id: str, path: str) -> None:
    etag = alice.get(path).headers["etag"]

    dana.send(bob)
    alice.patch(f"{PATH}/{id}", json={"status": "unread"})
    alice.delete(f"{PATH}?status=archived")

    assert ask(alice, path, etag).status_code == 304


@pytest.mark.parametrize("given", ["", "x", '"x"', 'W/""', '"' + "x" * 5000 + '"'], ids=lambda value: value[:8])
def test_unknown_etag_returns_200(alice: Person, id: str, given: str) -> None:
    assert ask(alice, PATH, given).status_code == 200


def test_etag_is_valid_for_its_query_only(alice: Person, id: str) -> None:
    assert len({alice.get(f"{PATH}{query}").headers["etag"] for query in ("", "?status=all", "?status=unread", "?q=a", "?limit=1")}) == 5


def test_etag_is_valid_for_its_user_only(dana: Person, alice: Person, bob: Person) -> None:
    """Two users at the same seq may use the same browser one after the other."""
    dana.send([alice.address, bob.address])

    assert ask(bob, PATH, alice.get(PATH).headers["etag"]).status_code == 200
