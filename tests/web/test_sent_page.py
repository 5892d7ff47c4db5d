"""Sent messages: receipts, who has not read them as list and CSV, delivery trace, answers, withdrawing."""

from __future__ import annotations

import csv
import io
import re
import uuid
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update

from notifier import database
from notifier.models import Message, Notification
from tests.api_client import Person
from tests.people import PASSWORD, People
from tests.web.admin_browser import AdminBrowser
from tests.web.conftest import Visit
from tests.web.markup import read


@pytest.fixture
def sender_browser(people: People, visit: Visit, dana: Person) -> AdminBrowser:
    """Dana, who is a sender, signed in."""
    return AdminBrowser(visit(), dana.name)


def test_list_shows_receipts_of_each_message(admin_browser: AdminBrowser, dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send([alice.address, bob.address], title="counted")["id"]
    alice.patch(f"/api/notifications/{id}", json={"status": "read"})
    row = admin_browser.get("/admin/sent").partition(f"/admin/sent/{id}")[2].partition("</tr>")[0]

    numbers = [cell.partition(">")[2].partition("<")[0] for cell in row.split('<td class="number"')[1:]]
    assert numbers == ["2", "1", "1", "0"]
    assert f'to <bdi dir="auto">user:{alice.name}, user:{bob.name}</bdi>' in row and dana.name in row


def test_senders_see_only_their_own_messages(sender_browser: AdminBrowser, dana: Person, admin: Person, alice: Person) -> None:
    mine = dana.send(alice, title="of dana")["id"]
    other = admin.send(alice, title="of the admin")["id"]

    page = sender_browser.get("/admin/sent")
    assert mine in page and other not in page
    for path in (f"/admin/sent/{other}", f"/admin/sent/{other}/live", f"/admin/sent/{other}/unread.csv", f"/admin/sent/{uuid.uuid4()}"):
        assert sender_browser.browser.get(path).status_code == 404, path
    assert sender_browser.post(f"/admin/sent/{other}/withdraw", sure="yes").status_code == 404
    assert [item["id"] for item in alice.get("/api/notifications").json()] == [other, mine]


def test_search_matches_the_beginning_of_the_title(admin_browser: AdminBrowser, dana: Person, alice: Person) -> None:
    found, other = dana.send(alice, title="Quarterly report")["id"], dana.send(alice, title="Other")["id"]
    page = admin_browser.get("/admin/sent?q=quarterly")

    assert found in page and other not in page
    assert "No message matches." in admin_browser.get("/admin/sent?q=%25nothing")


def test_list_has_pages(admin_browser: AdminBrowser, dana: Person, alice: Person) -> None:
    ids = [dana.send(alice)["id"] for _ in range(21)]
    first = admin_browser.get("/admin/sent")
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]

    assert ids[0] not in first and ids[20] in first
    assert ids[0] in admin_browser.get(following)


def test_page_names_recipients_who_have_not_read(admin_browser: AdminBrowser, dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send([alice.address, bob.address])["id"]
    alice.patch(f"/api/notifications/{id}", json={"status": "read"})
    names = admin_browser.get(f"/admin/sent/{id}").partition("Not read yet")[2]

    assert bob.name in names and alice.name not in names
    bob.patch(f"/api/notifications/{id}", json={"status": "read"})
    assert "All recipients have read it." in admin_browser.get(f"/admin/sent/{id}")


@pytest.mark.parametrize("name", ["-alice", "+alice", "@alice"])
@pytest.mark.security("S13")
def test_csv_escapes_formulas(people: People, admin_browser: AdminBrowser, dana: Person, name: str) -> None:
    person = people.api.login(people.account(name), PASSWORD)
    id = dana.send(person)["id"]
    answer = admin_browser.browser.get(f"/admin/sent/{id}/unread.csv")

    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows == [["name", "seen_at", "status"], [f"'{person.name}", "", "unread"]]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")


def test_delivery_trace_of_recipients_and_others(admin_browser: AdminBrowser, dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send(alice)["id"]

    assert "Stored in the inbox as change 1." in admin_browser.get(f"/admin/sent/{id}?user={alice.name}")
    assert "Not online:" in admin_browser.get(f"/admin/sent/{id}?user={alice.name}")
    assert f'<bdi dir="auto">{bob.name}</bdi> was no recipient' in admin_browser.get(f"/admin/sent/{id}?user={bob.name}")
    assert "There is no user 'nobody'." in admin_browser.get(f"/admin/sent/{id}?user=nobody")


def test_delivery_trace_shows_how_long_after_the_send_each_step_was(
    admin_browser: AdminBrowser, people: People, dana: Person, alice: Person
) -> None:
    id = dana.send(alice)["id"]
    alice.patch(f"/api/notifications/{id}", json={"status": "read"})
    with people.elsewhere(), database.write() as transaction:
        sent = transaction.scalar(select(Message.created_at).where(Message.public_id == id))
        assert sent is not None
        own = Notification.message_id == select(Message.id).where(Message.public_id == id).scalar_subquery()
        receipts = {"seen_at": sent + timedelta(seconds=1.23), "read_at": sent + timedelta(minutes=90)}
        transaction.execute(update(Notification).where(own).values(**receipts))

    trace = read(admin_browser.browser.get(f"/admin/sent/{id}?user={alice.name}").text).one("ol", class_="trace").text

    assert re.search(r"Seen: \S+ \S+ UTC \(\+1\.2 s\)", trace)
    assert re.search(r"Read: \S+ \S+ UTC \(\+1\.5 h\)", trace)
    assert "Clicked: not yet" in trace


def test_answers_are_listed_with_the_question(admin_browser: AdminBrowser, dana: Person, alice: Person) -> None:
    id = dana.send(alice, actions=[{"label": "Which take?", "reply": True}])["id"]
    assert "No answers yet." in admin_browser.get(f"/admin/sent/{id}")
    alice.post(f"/api/notifications/{id}/replies", json={"text": "<b>the second"})

    assert '<dd dir="auto">&lt;b&gt;the second</dd>' in admin_browser.browser.get(f"/admin/sent/{id}").text
    assert "Answers" not in admin_browser.get(f"/admin/sent/{dana.send(alice)['id']}")


def test_withdraw_asks_for_confirmation_and_empties_inboxes(sender_browser: AdminBrowser, dana: Person, alice: Person) -> None:
    id = dana.send(alice, title="withdrawn soon")["id"]
    question = sender_browser.post(f"/admin/sent/{id}/withdraw")
    assert "Withdraw this message?" in question.text and f'href="/admin/sent/{id}"' in question.text
    assert len(alice.get("/api/notifications").json()) == 1
    there = sender_browser.confirm(f"/admin/sent/{id}/withdraw")

    assert alice.get("/api/notifications").json() == []
    assert "Withdrawn" in sender_browser.get(there)


def test_markup_in_titles_is_escaped(admin_browser: AdminBrowser, dana: Person, alice: Person) -> None:
    markup = "<script>alert(1)</script>"
    id = dana.send(alice, title=markup, message=markup)["id"]

    for path in ("/admin/sent", f"/admin/sent/{id}", f"/admin/send?again={id}", "/admin/audit"):
        answer: httpx.Response = admin_browser.browser.get(path)
        assert markup not in answer.text and "&lt;script&gt;" in answer.text, path
