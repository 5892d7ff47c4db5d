"""`Idempotency-Key`: a repeated request is done once and returns the same response, for a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text

from notifier import database
from notifier.extensions import db
from notifier.models import IdempotencyKey
from notifier.services.messages import retention
from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import one_database
from tests.people import People
from tests.times import set_back
from tests.waiting import eventually

KEY = "Idempotency-Key"


def send(sender: Person, to: Person, key: str, **fields: Any) -> httpx.Response:
    return sender.post("/api/notifications", json={"to": to.address, "title": "Hello"} | fields, headers=[(KEY, key)])


def count(person: Person) -> int:
    return len(person.get("/api/notifications").json())


@contextmanager
def failing_commits(people: People) -> Iterator[None]:
    """Make each transaction that stores a key fail at its commit, the last moment at which it can fail."""
    child = "CREATE TABLE child (id integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
    postgres = "CREATE FUNCTION orphan() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO child VALUES (1); RETURN NULL; END'"
    with people.elsewhere():
        on_postgres = db.engine.dialect.name == "postgresql"
        body = "FOR EACH ROW EXECUTE FUNCTION orphan()" if on_postgres else "BEGIN INSERT INTO child VALUES (1); END"
        trigger = f"CREATE TRIGGER orphan AFTER INSERT ON idempotency_keys {body}"
        run("CREATE TABLE parent (id integer PRIMARY KEY)", child, *[postgres] * on_postgres, trigger)
        yield
        on = " ON idempotency_keys" if on_postgres else ""
        run(f"DROP TRIGGER orphan{on}", *["DROP FUNCTION orphan()"] * on_postgres, "DROP TABLE child", "DROP TABLE parent")


def run(*statements: str) -> None:
    with database.write() as transaction:
        for statement in statements:
            transaction.execute(text(statement))


def kept_keys(people: People) -> int:
    with people.elsewhere(), database.read() as connection:
        return connection.scalar(select(func.count()).select_from(IdempotencyKey)) or 0


def test_repeated_request_is_done_once_with_the_same_answer(people: People, dana: Person, alice: Person) -> None:
    first = send(dana, alice, "1")
    dana.send(alice, title="another")
    before = contents(people)

    again = [send(dana, alice, "1") for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in again] == [(201, first.json())] * 2
    assert first.json()["seq"] == 1
    assert contents(people) == before


def test_repeated_request_without_key_is_done_twice(dana: Person, alice: Person) -> None:
    dana.send(alice)
    dana.send(alice)

    assert count(alice) == 2


def test_other_key_is_another_request(dana: Person, alice: Person) -> None:
    assert len({send(dana, alice, key).json()["id"] for key in ("a", "A", "a ", "aa")}) >= 3


def test_json_formatting_does_not_matter(dana: Person, alice: Person) -> None:
    first = send(dana, alice, "1", type="info")

    again = dana.post("/api/notifications", content=f'{{ "title": "Hello",\n "to": "{alice.address}" }}'.encode(), headers={KEY: "1"})

    assert again.json() == first.json()


@pytest.mark.parametrize(
    "other", [{"title": "Bye"}, {"message": "more"}, {"type": "error"}, {"metadata": {"a": 1}}, {"collapse_key": "k"}], ids=str
)
@pytest.mark.security("S47")
def test_same_key_with_other_body_is_refused(people: People, dana: Person, alice: Person, other: dict[str, Any]) -> None:
    send(dana, alice, "1")
    before = contents(people)

    problem(send(dana, alice, "1", **other), 422, "key_reused", KEY)

    assert contents(people) == before


@pytest.mark.security("S47")
def test_keys_are_scoped_by_sender(dana: Person, admin: Person, alice: Person) -> None:
    assert send(dana, alice, "1").json()["id"] != send(admin, alice, "1", title="other").json()["id"]
    assert count(alice) == 2


@one_database
@pytest.mark.parametrize("key", ["", "x" * 256, "x" * 7000, "a\tb", "a\x7fb"], ids=lambda key: ascii(key)[:12])
@pytest.mark.security("S47")
def test_invalid_key_is_refused_by_name(people: People, dana: Person, alice: Person, key: str) -> None:
    before = contents(people)

    problem(send(dana, alice, key), 422, "invalid", KEY)

    assert contents(people) == before


@pytest.mark.parametrize("key", ["x" * 255, "0", "' OR 1=1 --", "%", "a b"])
def test_key_may_be_any_printable_ascii(dana: Person, alice: Person, key: str) -> None:
    assert [send(dana, alice, key).json()["seq"] for _ in range(2)] == [1, 1]


def test_refused_request_leaves_its_key_free(people: People, dana: Person, alice: Person) -> None:
    before = kept_keys(people)
    for fields in ({"user_id": "nobody"}, {"type": "No"}, {"expires_at": "2020-01-01T00:00:00Z"}):
        problem(send(dana, alice, "1", **fields), 422)

    assert kept_keys(people) == before
    assert send(dana, alice, "1").status_code == 201


def test_failed_request_leaves_its_key_free(people: People, dana: Person, alice: Person) -> None:
    """The key is stored in the same transaction as the message."""
    with failing_commits(people):
        assert send(dana, alice, "1").status_code >= 500

    assert count(alice) == 0
    assert send(dana, alice, "1").json()["seq"] == 1


def test_repeat_gets_the_first_answer_even_if_it_is_invalid_now(people: People, dana: Person, alice: Person) -> None:
    """The first response was lost, and meanwhile the message has expired."""
    soon = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
    first = send(dana, alice, "1", expires_at=soon)
    assert first.status_code == 201

    eventually(lambda: datetime.now(UTC).isoformat() > soon)
    again = send(dana, alice, "1", expires_at=soon)

    assert (again.status_code, again.json()) == (201, first.json())


def test_repeat_of_an_update_returns_the_updated_id(dana: Person, alice: Person) -> None:
    first = send(dana, alice, "1", collapse_key="k")
    second = send(dana, alice, "2", collapse_key="k")

    assert [send(dana, alice, key, collapse_key="k").json() for key in ("1", "2")] == [first.json(), second.json()]
    assert count(alice) == 1


@pytest.mark.parametrize("swept", [False, True], ids=["still stored", "swept"])
def test_key_expires_after_a_day(people: People, dana: Person, alice: Person, swept: bool) -> None:
    send(dana, alice, "1")
    set_back(people, IdempotencyKey.created_at, hours=24, seconds=1)
    if swept:
        with people.elsewhere():
            retention.purge_step()
        assert kept_keys(people) == 0

    assert send(dana, alice, "1", title="Bye").json()["seq"] == 2
    assert send(dana, alice, "1", title="Bye").json()["seq"] == 2


def test_key_is_kept_for_a_day(people: People, dana: Person, alice: Person) -> None:
    send(dana, alice, "1")
    set_back(people, IdempotencyKey.created_at, hours=23)
    with people.elsewhere():
        retention.purge_step()

    assert send(dana, alice, "1").json()["seq"] == 1
