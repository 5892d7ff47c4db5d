"""Admin pages of e-mail, without JavaScript: the outbox, the preview, and the address of a user."""

from __future__ import annotations

import httpx
import pytest

from notifier.models.user import Role
from notifier.services.accounts import addresses, users
from tests.databases import Databases
from tests.outbox.office import PASSWORD, Office
from tests.web.conftest import sign_in, submit


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """Pages do not depend on the database: one is enough."""
    return sqlite_databases


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
