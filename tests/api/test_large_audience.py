"""More recipients than one transaction takes: the message is accepted at once and its rows are written in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

from notifier.errors import Unavailable
from notifier.services.accounts import groups
from notifier.services.messages import audience_chunks
from tests.api_client import Person, problem
from tests.crowd import Crowd, crowd, holders, pending_recipients
from tests.people import People
from tests.waiting import eventually

AT_ONCE = 500
MANY = 2 * AT_ONCE + 1


@pytest.fixture(autouse=True)
def _finish_fanout(people: People) -> Iterator[None]:
    """Write the remaining chunks, which the next test would write otherwise."""
    yield
    finish(people)


@pytest.fixture
def many(people: People) -> Crowd:
    return crowd(people, MANY)


def send(sender: Person, to: object, **kwargs: object) -> httpx.Response:
    return sender.post("/api/notifications", json={"to": to, "title": "Hello"}, **kwargs)


def step(people: People) -> bool:
    with people.elsewhere():
        return audience_chunks.step()


def finish(people: People) -> None:
    while step(people):
        pass


def progress(sender: Person, sent: httpx.Response) -> tuple[int, int, str]:
    """Return (recipients, delivered, state) from the `Location` of the response."""
    body = sender.get(sent.headers["location"]).json()
    assert body["id"] == sent.json()["id"]
    return body["recipients"], body["delivered"], body["state"]


def test_audience_of_500_is_delivered_at_once(people: People, dana: Person) -> None:
    some = crowd(people, AT_ONCE)

    answer = send(dana, some.address)

    assert (answer.status_code, answer.json()["recipients"]) == (201, AT_ONCE)
    assert holders(people, answer.json()["id"]) == dict.fromkeys(some.ids, 1)


def test_audience_of_501_is_accepted_and_delivered_later(people: People, dana: Person) -> None:
    some = crowd(people, AT_ONCE + 1)

    answer = send(dana, some.address)

    assert (answer.status_code, answer.json()) == (202, {"id": answer.json()["id"], "recipients": AT_ONCE + 1})
    assert holders(people, answer.json()["id"]) == {}
    finish(people)
    assert holders(people, answer.json()["id"]) == dict.fromkeys(some.ids, 1)


def test_location_reports_the_delivery_state(people: People, dana: Person, many: Crowd) -> None:
    sent = send(dana, many.address)
    states = [progress(dana, sent)]

    while step(people):
        states.append(progress(dana, sent))

    assert list(dict.fromkeys(states)) == [
        (MANY, 0, "under_way"),
        (MANY, 500, "under_way"),
        (MANY, 1000, "under_way"),
        (MANY, MANY, "delivered"),
    ]


def test_small_audience_has_a_delivery_state_too(dana: Person, alice: Person) -> None:
    body = dana.get(f"/api/notifications/{dana.send(alice)['id']}/delivery").json()

    assert (body["recipients"], body["delivered"], body["state"]) == (1, 1, "delivered")


def test_only_sender_and_admin_see_the_delivery_state(people: People, dana: Person, admin: Person, alice: Person, many: Crowd) -> None:
    path = send(dana, many.address).headers["location"]

    unknown = problem(dana.get("/api/notifications/00000000-0000-7000-8000-000000000000/delivery"), 404, "not_found")
    assert problem(people.person("erin", "sender").get(path), 404, "not_found") == unknown
    problem(alice.get(path), 403, "forbidden")
    assert admin.get(path).json()["recipients"] == MANY


def test_user_named_twice_gets_one_notification(people: People, dana: Person, many: Crowd) -> None:
    sent = send(dana, [many.address, "all", many.address])

    finish(people)

    found = holders(people, sent.json()["id"])
    assert set(found.values()) == {1}
    assert found.total() == sent.json()["recipients"] >= MANY


def test_audience_is_fixed_at_acceptance(people: People, dana: Person, alice: Person, many: Crowd) -> None:
    sent = send(dana, many.address)

    with people.elsewhere():
        groups.add(many.address.removeprefix("group:"), alice.name)
    finish(people)

    assert holders(people, sent.json()["id"]).keys() == set(many.ids)
    assert progress(dana, sent) == (MANY, MANY, "delivered")


def test_withdrawal_during_fanout_stops_it(people: People, dana: Person, many: Crowd) -> None:
    sent = send(dana, many.address)
    step(people)

    answer = dana.post(f"/api/notifications/{sent.json()['id']}/withdraw")

    assert answer.json() == {"id": sent.json()["id"], "recipients": MANY}
    assert not step(people)
    assert holders(people, sent.json()["id"]).total() == AT_ONCE
    assert progress(dana, sent)[2] == "withdrawn"


def finish_beside_others(people: People) -> None:
    """As the scheduler does, which tries again when others keep the database busy."""

    def done() -> bool:
        with suppress(Unavailable):
            return not step(people)
        return False

    eventually(done, within=60)


def test_each_chunk_is_written_by_one_process(people: People, dana: Person) -> None:
    all_users = crowd(people, 10 * AT_ONCE)
    sent = send(dana, all_users.address)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: finish_beside_others(people), range(4)))

    assert pending_recipients(people) == 0
    assert holders(people, sent.json()["id"]) == dict.fromkeys(all_users.ids, 1)


def test_repeated_request_is_accepted_once(people: People, dana: Person, many: Crowd) -> None:
    key = {"Idempotency-Key": "a large one"}
    first = send(dana, many.address, headers=key)
    step(people)

    again = send(dana, many.address, headers=key)

    assert (again.status_code, again.json(), again.headers["location"]) == (202, first.json(), first.headers["location"])
    assert pending_recipients(people) == MANY - AT_ONCE
