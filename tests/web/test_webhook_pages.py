"""The page of webhooks: bad input at its field, secrets shown once, tests, attempts and calls made again."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest

from notifier.services.outbox import webhook_calls
from notifier.services.webhooks import webhooks
from tests.api_client import Person
from tests.cases import failures
from tests.outbox.queues import send_all
from tests.outbox.receiver import Receiver
from tests.people import People
from tests.web.admin_browser import AdminBrowser, field_errors

LONG = "https://a.example/" + "x" * 3000


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"ALLOW_PRIVATE_TARGETS": "true"}


def work(people: People) -> None:
    with people.elsewhere():
        send_all(webhook_calls.Calls())


def test_bad_input_is_refused_at_its_field(admin_browser: AdminBrowser, people: People) -> None:
    good = {"name": "app", "url": "https://hooks.example.com/a", "events": "ping"}
    wrong = [
        *(("name", value) for value in ("", "   ", "x" * 65)),
        *(
            ("url", value)
            for value in (
                "",
                "ftp://a.example/",
                "http://8.8.8.8/",
                "https://user:pw@a.example/",
                "https://a.example/ b",
                "x",
                "https://a.example/" + "x" * 3000,
            )
        ),
        *(("events", value) for value in ([], "message.read", ["ping", "x"])),
    ]

    def check(case: tuple[str, str | list[str]]) -> None:
        field, value = case
        answer = admin_browser.post("/admin/webhooks", once=f"{field}-{value}"[:200], **good | {field: value})
        assert answer.status_code == 422 and list(field_errors(answer)) == [field]

    with patch.dict(people.app.config, ALLOW_PRIVATE_TARGETS=False):
        for url in ("http://hooks.example.com/", "https://localhost/", "https://10.0.0.1/", "https://[::1]/"):
            wrong.append(("url", url))
        with people.elsewhere():
            before = webhooks.listing()
        assert not failures(wrong, check)
        with people.elsewhere():
            assert webhooks.listing() == before


def test_admin_tests_rotates_and_repeats(admin_browser: AdminBrowser, people: People, receiver: Receiver) -> None:
    secret = admin_browser.secret("/admin/webhooks", name="app", url=receiver.url, events=["ping", "message.sent"], once="w1")
    assert secret.startswith("whsec_") and secret not in admin_browser.get("/admin/webhooks")
    with people.elsewhere():
        path = f"/admin/webhooks/{webhooks.listing()[0].public_id}"
    assert 'action="' + path + '/test"' in admin_browser.get("/admin/webhooks")
    assert "done=test" in admin_browser.submit(f"{path}/test")
    receiver.status = 500
    work(people)
    page = admin_browser.get("/admin/webhooks")
    assert "500" in page and "Failing since" in page
    assert f'title="{receiver.calls[0].id}">…{receiver.calls[0].id[-8:]}<' in page
    receiver.status = 204
    (again,) = re.findall(r'action="([^"]+/redeliver)"', page)
    admin_browser.submit(again)
    work(people)

    first, second = receiver.calls
    assert first.id == second.id
    second.verify(secret)
    rotated = admin_browser.secret(f"{path}/rotate", sure="yes", once="w2")
    admin_browser.submit(f"{path}/off")
    assert admin_browser.post(f"{path}/test").status_code == 409
    admin_browser.submit(f"{path}/on")
    admin_browser.submit(f"{path}/test")
    work(people)
    receiver.calls[2].verify(secret)
    receiver.calls[2].verify(rotated)
    admin_browser.confirm(f"{path}/remove")
    assert receiver.url not in admin_browser.get("/admin/webhooks")
    assert admin_browser.post(f"{path}/test").status_code == 404


def test_audit_shows_no_secret_and_no_address(admin_browser: AdminBrowser) -> None:
    secret = admin_browser.secret("/admin/webhooks", name="farm", url="https://hooks.example.com/private", events="ping", once="w9")
    audit = admin_browser.get("/admin/audit")

    assert "webhook.created" in audit and secret not in audit and "/private" not in audit


def test_users_and_senders_see_no_webhooks(alice: Person, dana: Person) -> None:
    for person in (alice, dana):
        assert person.get("/admin/webhooks").status_code == 403
