"""The page of destinations: bad input at its field, an address that is never shown again, and what became of a message there."""

from __future__ import annotations

import re

import pytest

from notifier.services.destinations import destinations
from tests.api_client import Person
from tests.cases import failures
from tests.outbox.posts import TOKEN, address, work
from tests.outbox.receiver import Receiver
from tests.people import People
from tests.web.admin_browser import AdminBrowser, field_errors

PAGE = "/admin/destinations"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"ALLOW_PRIVATE_TARGETS": "true"}


def test_bad_input_is_refused_at_its_field_without_the_address(admin_browser: AdminBrowser) -> None:
    good = {"name": "ops", "url": f"jsons://hooks.example.com/{TOKEN}"}
    wrong = [
        *(("name", name) for name in ("", "a b", "x" * 65)),
        *(("url", f"{url}/{TOKEN}") for url in ("", "x", "syslog://", "json://8.8.8.8")),
    ]
    wrong.append(("url", good["url"] + "x" * 2100))

    def check(case: tuple[str, str]) -> None:
        answer = admin_browser.post(PAGE, **good | dict([case]))
        assert answer.status_code == 422 and list(field_errors(answer)) == [case[0]] and TOKEN not in answer.text

    assert not failures(wrong, check)


def test_admin_creates_tests_switches_and_removes_one(admin_browser: AdminBrowser, people: People, receiver: Receiver) -> None:
    assert "done=created" in admin_browser.submit(PAGE, name="room", url=address(receiver))
    with people.elsewhere():
        path = f"{PAGE}/{next(row.public_id for row in destinations.listing() if row.name == 'room')}"
    assert "done=test" in admin_browser.submit(f"{path}/test")
    receiver.status = 500
    with people.elsewhere():
        work()
    page, outbox = admin_browser.get(PAGE), admin_browser.get("/admin/outbox")
    assert "Failing since" in page and "json://…" in page
    assert "Destination" in outbox and "500 Internal Server Error" in outbox

    admin_browser.submit(f"{path}/off")
    assert admin_browser.post(f"{path}/test").status_code == 409
    admin_browser.submit(f"{path}/on")
    sent = admin_browser.submit("/admin/send", to="destination:room", title="Deployed", message="", once="d1")
    assert "waits until" in admin_browser.get(sent)
    receiver.status = 204
    with people.elsewhere():
        work()
    assert re.search(r"<li>room:\s+sent 20", admin_browser.get(sent))
    admin_browser.confirm(f"{path}/remove")
    shown = [admin_browser.get(place) for place in (PAGE, "/admin/outbox", "/admin/audit", sent)]
    assert not [page for page in [page, outbox, *shown] if TOKEN in page]


def test_users_and_senders_see_no_destinations(alice: Person, dana: Person) -> None:
    for person in (alice, dana):
        assert person.get(PAGE).status_code == 403
