"""Pages of e-mail, without JavaScript: the address under Settings, and links in mails."""

from __future__ import annotations

import httpx
import pytest

from notifier.services.accounts import addresses, users
from tests.databases import Databases
from tests.outbox.office import PASSWORD, Office, link
from tests.web.conftest import sign_in, submit
from tests.web.markup import read


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """Pages do not depend on the database: one is enough."""
    return sqlite_databases


def test_address_is_used_after_its_link_was_confirmed(office: Office, visitor: httpx.Client, crawler: httpx.Client) -> None:
    alice = users.create_user("alice-confirms", PASSWORD)
    sign_in(visitor, alice.name, PASSWORD)
    assert submit(visitor, "/settings/email", email="confirms@example.com").status_code == 303
    assert "Not confirmed yet" in visitor.get("/settings").text
    office.work()
    (mail,) = office.server.mails("confirms@example.com")
    path = link(mail.part("plain"), "/confirm/")

    crawler.head(path)
    assert "Confirm this address" in crawler.get(path).text
    assert not office_address(alice.id).confirmed
    assert "Done." in crawler.post(path).text

    assert office_address(alice.id).confirmed
    assert "Confirmed." in visitor.get("/settings").text
    submit(visitor, "/settings/email", email="")
    assert addresses.get(alice.id) is None
    assert crawler.get(path).status_code == 404


def test_address_that_is_none_is_refused_at_its_field(office: Office, visitor: httpx.Client) -> None:
    alice = office.person("alice")
    before = office.address(alice)
    sign_in(visitor, alice.name, PASSWORD)

    for wrong in ("alice", "a@b@c.de", "alice@example.com\r\nBcc: eve@example.com", "x" * 300):
        answer = submit(visitor, "/settings/email", email=wrong)
        assert answer.status_code == 422
        assert "must be" in read(answer.text).one(id="email-wrong").text
    assert office.address(alice) == before


def test_mails_to_confirm_an_address_are_few(office: Office, visitor: httpx.Client) -> None:
    alice = users.create_user("alice-asks", PASSWORD)
    sign_in(visitor, alice.name, PASSWORD)

    statuses = [submit(visitor, "/settings/email", email=f"asks{number}@example.com").status_code for number in range(6)]

    assert statuses == [303, 303, 303, 303, 303, 429]
    assert office_address(alice.id).email == "asks4@example.com"
    office.work()
    assert len(office.server.mails("asks4@example.com")) == 1
    assert office.server.mails("asks3@example.com") == []


def test_refused_address_is_shown_and_tried_again(office: Office, visitor: httpx.Client) -> None:
    alice = office.person("alice", "never")
    for number in range(4):
        office.send(alice, title=f"Mail {number}")
        office.later(minutes=31)
        office.work()

    assert office.states(alice) == [("given_up", "given_up")] * 3
    assert office.server.attempts(office.address(alice)) == 3
    sign_in(visitor, alice.name, PASSWORD)
    assert f"Mail to {office.address(alice)} was refused: 550 no such user" in read(visitor.get("/settings").text).one("main").text
    submit(visitor, "/settings/email/retry")
    assert "was refused" not in visitor.get("/settings").text


def office_address(user_id: int) -> addresses.Stored:
    found = addresses.get(user_id)
    assert found is not None
    return found
