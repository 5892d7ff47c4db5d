"""`send_at`: a message that is accepted now and delivered later, with the later time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from notifier.models import AudienceChunk, Message
from notifier.services.messages import audience_chunks
from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import one_database
from tests.people import People
from tests.times import set_back

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


def stamp(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def schedule(sender: Person, to: Person | str, **fields: object) -> httpx.Response:
    audience = to.address if isinstance(to, Person) else to
    body = {"to": audience, "title": "Hello", "send_at": stamp(TOMORROW)} | fields
    return sender.post("/api/notifications", json=body)


def become_due(people: People) -> None:
    """Make all scheduled messages due."""
    set_back(people, AudienceChunk.due_at, seconds=1)
    with people.elsewhere():
        while audience_chunks.step():
            pass


def test_scheduled_message_is_accepted_and_not_delivered_yet(people: People, dana: Person, alice: Person) -> None:
    answer = schedule(dana, alice)
    with people.elsewhere():
        assert not audience_chunks.step()

    assert (answer.status_code, answer.json()) == (202, {"id": answer.json()["id"], "recipients": 1})
    assert alice.get("/api/notifications").json() == []
    problem(alice.get(f"/api/notifications/{answer.json()['id']}"), 404)
    body = dana.get(answer.headers["location"]).json()
    assert (body["delivered"], body["state"], body["created_at"][:19]) == (0, "under_way", stamp(TOMORROW)[:19])


def test_scheduled_message_is_delivered_when_due_with_that_time(people: People, dana: Person, alice: Person) -> None:
    sent = schedule(dana, alice).json()

    become_due(people)

    (item,) = alice.get("/api/notifications").json()
    assert (item["id"], item["status"], item["seq"]) == (sent["id"], "unread", 1)
    assert (item["created_at"], item["timestamp"]) == (stamp(TOMORROW).replace("Z", ".000Z"),) * 2


def test_scheduled_message_is_above_earlier_arrivals(people: People, dana: Person, alice: Person) -> None:
    schedule(dana, alice, title="for later")
    dana.send(alice, title="meanwhile")

    become_due(people)

    assert [item["title"] for item in alice.get("/api/notifications").json()] == ["for later", "meanwhile"]


def test_withdrawn_scheduled_message_is_never_delivered(people: People, dana: Person, alice: Person) -> None:
    sent = schedule(dana, alice)
    path = f"/api/notifications/{sent.json()['id']}"

    answers = [dana.post(f"{path}/withdraw") for _ in range(2)]

    become_due(people)
    assert [answer.json() for answer in answers] == [sent.json()] * 2
    assert alice.get("/api/notifications/unread-count").json() == {"unread_count": 0, "seq": 0}
    assert dana.get(sent.headers["location"]).json()["state"] == "withdrawn"


def test_past_send_at_is_delivered_now(dana: Person, alice: Person) -> None:
    answer = schedule(dana, alice, send_at="2020-01-01T00:00:00Z")

    assert (answer.status_code, answer.json()["seq"]) == (201, 1)
    assert alice.get("/api/notifications").json()[0]["created_at"] > "2026"


def test_message_that_expired_before_delivery_is_not_written(people: People, dana: Person, alice: Person) -> None:
    """The server was down from before the message was due until after it expired."""
    schedule(dana, alice, expires_at=stamp(TOMORROW + timedelta(hours=1)))
    set_back(people, Message.ends_at, Message.ends_at.is_not(None), seconds=1)

    become_due(people)

    assert alice.get("/api/notifications/unread-count").json() == {"unread_count": 0, "seq": 0}


def test_scheduled_message_to_an_empty_group_is_accepted(people: People, dana: Person) -> None:
    answer = schedule(dana, f"group:{people.group('empty')}")

    assert (answer.status_code, answer.json()["recipients"]) == (202, 0)


@one_database
@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("send_at", {"send_at": stamp(TOMORROW + timedelta(days=366))}),
        ("send_at", {"send_at": "tomorrow"}),
        ("send_at", {"send_at": 1798761600}),
        ("expires_at", {"send_at": None, "expires_at": "2020-01-01T00:00:00Z"}),
        ("expires_at", {"send_at": None, "expires_at": stamp(TOMORROW + timedelta(days=366))}),
        ("expires_at", {"expires_at": stamp(TOMORROW)}),
        ("expires_at", {"expires_at": "2026-01-01T00:00:00"}),
    ],
    ids=[
        "sent after years",
        "sent as text",
        "sent as a number",
        "expired long ago",
        "expires after years",
        "expires before sent",
        "expires without a zone",
    ],
)
def test_invalid_time_is_refused_by_name(people: People, dana: Person, alice: Person, field: str, fields: dict[str, object]) -> None:
    before = contents(people)

    problem(schedule(dana, alice, **fields), 422, "invalid", field)

    assert contents(people) == before
