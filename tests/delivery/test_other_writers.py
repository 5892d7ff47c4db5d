"""Changes written by another process arrive by polling alone: no hint reaches the server."""

from __future__ import annotations

from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.inbox import inbox
from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import Person
from tests.conftest import Serve
from tests.site import Site

# The bound of the delivery promise when a hint is lost.
WITHIN = 2.0


def test_message_of_another_process_arrives_within_two_seconds(site: Site, alice: Person, bob: Person) -> None:
    streams = [alice.connected(), bob.connected()]
    with site.elsewhere():
        sent = send.send(Draft(to=[alice.address, bob.address], title="from a worker"))
    assert [stream.until("notification", timeout=WITHIN).json["id"] for stream in streams] == [sent.id] * 2


def test_change_by_another_process_arrives_within_two_seconds(site: Site, alice: Person, dana: Person) -> None:
    sent = dana.send(alice)["id"]
    stream = alice.connected()
    with site.elsewhere():
        inbox.set_status(users.by_name(alice.name).id, sent, Status.ARCHIVED)
    assert stream.until("state", timeout=WITHIN).json["changed"] == [{"id": sent, "status": "archived"}]


def test_without_a_bus_everything_arrives_by_polling(serve: Serve) -> None:
    site = serve(BUS="off", LOOK_SECONDS=0.2)
    alice, dana = site.person("alice"), site.person("dana", "sender")
    stream = alice.connected()
    sent = [dana.send(alice, title=str(number))["id"] for number in range(10)]
    assert [stream.until("notification", timeout=WITHIN).json["id"] for _ in range(10)] == sent
