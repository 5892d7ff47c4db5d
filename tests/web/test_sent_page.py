"""What became of messages: figures, who has not read them as a page and as a table, the way to somebody, and withdrawing."""

from __future__ import annotations

import csv
import io
import uuid

import httpx
import pytest

from tests.api_client import Person
from tests.people import PASSWORD, People
from tests.web.conftest import Visit
from tests.web.desk import Desk


@pytest.fixture
def desk(people: People, visit: Visit) -> Desk:
    """An admin's."""
    return Desk(visit(), people.account("admin", "admin"))


@pytest.fixture
def sender(people: People, visit: Visit, dana: Person) -> Desk:
    """Dana's."""
    return Desk(visit(), dana.name)


def test_the_list_counts_who_saw_and_read_each(desk: Desk, dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send([alice.address, bob.address], title="counted")["id"]
    alice.patch(f"/api/notifications/{id}", json={"status": "read"})
    row = desk.get("/admin/sent").partition(f"/admin/sent/{id}")[2].partition("</tr>")[0]

    numbers = [cell.partition("<")[0] for cell in row.split('<td class="number">')[1:]]
    assert numbers == ["2", "1", "1", "0"]
    assert f"to user:{alice.name}, user:{bob.name}" in row and dana.name in row


def test_a_sender_sees_their_own_only(sender: Desk, dana: Person, admin: Person, alice: Person) -> None:
    mine = dana.send(alice, title="of dana")["id"]
    other = admin.send(alice, title="of the admin")["id"]

    page = sender.get("/admin/sent")
    assert mine in page and other not in page
    for path in (f"/admin/sent/{other}", f"/admin/sent/{other}/live", f"/admin/sent/{other}/unread.csv", f"/admin/sent/{uuid.uuid4()}"):
        assert sender.browser.get(path).status_code == 404, path
    assert sender.post(f"/admin/sent/{other}/withdraw", sure="yes").status_code == 404
    assert [item["id"] for item in alice.get("/api/notifications").json()] == [other, mine]


def test_titles_are_searched_by_their_beginning(desk: Desk, dana: Person, alice: Person) -> None:
    found, other = dana.send(alice, title="Quarterly report")["id"], dana.send(alice, title="Other")["id"]
    page = desk.get("/admin/sent?q=quarterly")

    assert found in page and other not in page
    assert "No message matches." in desk.get("/admin/sent?q=%25nothing")


def test_the_list_has_pages(desk: Desk, dana: Person, alice: Person) -> None:
    ids = [dana.send(alice)["id"] for _ in range(21)]
    first = desk.get("/admin/sent")
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]

    assert ids[0] not in first and ids[20] in first
    assert ids[0] in desk.get(following)


def test_who_has_not_read_it_is_named(desk: Desk, dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send([alice.address, bob.address])["id"]
    alice.patch(f"/api/notifications/{id}", json={"status": "read"})
    names = desk.get(f"/admin/sent/{id}").partition("Not read yet")[2]

    assert bob.name in names and alice.name not in names
    bob.patch(f"/api/notifications/{id}", json={"status": "read"})
    assert "All recipients have read it." in desk.get(f"/admin/sent/{id}")


@pytest.mark.parametrize("name", ["-alice", "+alice", "@alice"])
def test_the_table_of_them_holds_no_formula(people: People, desk: Desk, dana: Person, name: str) -> None:
    person = people.api.login(people.account(name), PASSWORD)
    id = dana.send(person)["id"]
    answer = desk.browser.get(f"/admin/sent/{id}/unread.csv")

    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows == [["name", "seen_at", "status"], [f"'{person.name}", "", "unread"]]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")


def test_the_way_to_somebody_is_told(desk: Desk, dana: Person, alice: Person, bob: Person) -> None:
    id = dana.send(alice)["id"]

    assert "Stored in the inbox as change 1." in desk.get(f"/admin/sent/{id}?user={alice.name}")
    assert "Not online:" in desk.get(f"/admin/sent/{id}?user={alice.name}")
    assert f"{bob.name} was no recipient" in desk.get(f"/admin/sent/{id}?user={bob.name}")
    assert "There is no user 'nobody'." in desk.get(f"/admin/sent/{id}?user=nobody")


def test_answers_stand_under_the_question(desk: Desk, dana: Person, alice: Person) -> None:
    id = dana.send(alice, actions=[{"label": "Which take?", "reply": True}])["id"]
    assert "No answers yet." in desk.get(f"/admin/sent/{id}")
    alice.post(f"/api/notifications/{id}/replies", json={"text": "<b>the second"})

    assert "<dd>&lt;b&gt;the second</dd>" in desk.browser.get(f"/admin/sent/{id}").text
    assert "Answers" not in desk.get(f"/admin/sent/{dana.send(alice)['id']}")


def test_withdrawing_asks_first_and_takes_it_out_of_the_inbox(sender: Desk, dana: Person, alice: Person) -> None:
    id = dana.send(alice, title="withdrawn soon")["id"]
    question = sender.post(f"/admin/sent/{id}/withdraw")
    assert "Withdraw this message?" in question.text and f'href="/admin/sent/{id}"' in question.text
    assert len(alice.get("/api/notifications").json()) == 1
    there = sender.asked(f"/admin/sent/{id}/withdraw")

    assert alice.get("/api/notifications").json() == []
    assert "Withdrawn" in sender.get(there)


def test_titles_are_shown_as_text(desk: Desk, dana: Person, alice: Person) -> None:
    naughty = "<script>alert(1)</script>"
    id = dana.send(alice, title=naughty, message=naughty)["id"]

    for path in ("/admin/sent", f"/admin/sent/{id}", f"/admin/send?again={id}", "/admin/audit"):
        answer: httpx.Response = desk.browser.get(path)
        assert naughty not in answer.text and "&lt;script&gt;" in answer.text, path
