"""Admin pages of e-mail, without JavaScript: the outbox, the preview, and the address of a user."""

from __future__ import annotations

import httpx
import pytest

from notifier.models.user import Role
from notifier.services.accounts import addresses, users
from tests.databases import Databases
from tests.outbox.office import PASSWORD, Office
from tests.web.conftest import sign_in, submit
from tests.web.markup import read


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """Pages do not depend on the database: one is enough."""
    return sqlite_databases


def test_outbox_shows_answers_and_tries_again(office: Office, visitor: httpx.Client) -> None:
    admin = users.create_user("admin-outbox", PASSWORD, Role.ADMIN)
    alice, bob, carol = office.person("alice", "later"), office.person("bob", "never"), office.person("carol")
    sent = office.send(alice, bob, carol, title="Deployed")
    office.later(minutes=31)
    office.work()
    sign_in(visitor, admin.name, PASSWORD)

    page = read(visitor.get("/admin/outbox").text)
    assert "Waiting 1 · Sent today 1 · Given up 1" in page.one("main").text
    assert [cell.text for cell in page.all("th") if "scope" in cell.attributes][:6] == [
        "When",
        "To",
        "Channel",
        "About",
        "Attempts",
        "Last answer",
    ]
    assert "451 try again later" in page.one("main").text
    assert "550 no such user" in page.one("main").text
    given_up = next(row for row in office.deliveries(bob))
    submit(visitor, f"/admin/outbox/{given_up.public_id}/retry")
    office.work()
    assert office.server.attempts(office.address(bob)) == 2
    submit(visitor, "/admin/outbox/retry", sure="yes")
    office.work()
    assert office.server.attempts(office.address(bob)) == 3
    waiting = office.deliveries(alice)[0]
    assert submit(visitor, f"/admin/outbox/{waiting.public_id}/drop").status_code == 303
    assert submit(visitor, f"/admin/outbox/{waiting.public_id}/drop").status_code == 404
    assert office.states(alice) == [("skipped", "given_up")]
    trace = read(visitor.get(f"/admin/sent/{sent.message}?user={carol.name}").text).one("main").text
    assert "to c…@example.com" in trace


def test_preview_of_the_send_form_shows_the_mail(office: Office, visitor: httpx.Client) -> None:
    admin = users.create_user("admin-previews", PASSWORD, Role.ADMIN)
    office.category("previews", email="unread", wait_minutes=7)
    office.category("weekly-previews", email="weekly")
    sign_in(visitor, admin.name, PASSWORD)

    for type_, when in (("previews", "if it is still unread after 7 minutes"), ("weekly-previews", "in the weekly e-mail")):
        shown = submit(visitor, "/admin/send/preview", title="<b>Ready</b>", message="See.", type=type_).text
        assert f"As an e-mail, {when}" in shown
        assert "&lt;b&gt;Ready" in shown and "<b>Ready" not in shown


def test_test_mail_goes_through_the_outbox(office: Office, visitor: httpx.Client) -> None:
    admin = users.create_user("admin-tests", PASSWORD, Role.ADMIN)
    sign_in(visitor, admin.name, PASSWORD)

    assert submit(visitor, "/admin/outbox/test").status_code == 422
    assert submit(visitor, "/admin/outbox/test", email="tested@example.com").status_code == 303
    office.work()

    assert [mail.parsed["Subject"] for mail in office.server.mails("tested@example.com")] == ["Test mail"]


def test_trace_says_that_it_was_read_in_time(office: Office, visitor: httpx.Client) -> None:
    admin = users.create_user("admin-traces", PASSWORD, Role.ADMIN)
    alice = office.person("alice")
    sent = office.send(alice)
    office.read(alice)
    office.later(minutes=31)
    office.work()
    sign_in(visitor, admin.name, PASSWORD)

    page = visitor.get(f"/admin/sent/{sent.message}?user={alice.name}").text

    assert "Read before the e-mail was due" in page


def test_admin_sets_the_address_of_a_user(office: Office, visitor: httpx.Client) -> None:
    admin = users.create_user("admin-sets", PASSWORD, Role.ADMIN)
    bob = users.create_user("bob-is-set", PASSWORD)
    sign_in(visitor, admin.name, PASSWORD)

    assert submit(visitor, f"/admin/users/{bob.public_id}/email", email="bob@").status_code == 422
    assert submit(visitor, f"/admin/users/{bob.public_id}/email", email="bob@example.com").status_code == 303

    assert addresses.get(bob.id) == addresses.Stored("bob@example.com", True, None)
