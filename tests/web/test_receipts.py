"""Receipts: seen when displayed, read when marked as read, clicked when a link is followed. They do not change `seq`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from notifier import database
from notifier.models import Inbox, Message, Notification
from tests.addresses import ABSOLUTE, STAYING
from tests.api_client import Person
from tests.cases import short
from tests.people import People
from tests.web.conftest import Visit, sign_in, submit, submit_by_htmx

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def sent(dana: Person, alice_name: str) -> str:
    id: str = dana.send(
        f"user:{alice_name}", actions=[{"label": "Watch", "url": "/video/7"}, {"label": "Out", "url": "https://a.example/b"}]
    )["id"]
    return id


def receipts(people: People, id: str) -> set[str]:
    """The receipts that a notification has."""
    with people.elsewhere(), database.read() as connection:
        columns = (Notification.seen_at, Notification.read_at, Notification.clicked_at)
        row: Any = connection.execute(select(*columns).join(Message).where(Message.public_id == id)).one()
    return {name for name, value in row._asdict().items() if value is not None}


def head(people: People) -> list[int]:
    with people.elsewhere(), database.read() as connection:
        return list(connection.scalars(select(Inbox.seq).order_by(Inbox.user_id)))


def test_other_pages_and_api_do_not_mark_as_seen(people: People, alices_browser: httpx.Client, sent: str) -> None:
    alices_browser.get("/settings")
    alices_browser.get("/api/notifications")
    alices_browser.get("/fragments/inbox")

    assert receipts(people, sent) == set()


def test_history_page_marks_as_seen_without_changing_seq(people: People, alices_browser: httpx.Client, sent: str) -> None:
    before = head(people)

    alices_browser.get("/notifications")

    assert receipts(people, sent) == {"seen_at"}
    assert head(people) == before


@pytest.mark.parametrize("ask", [{"method": "HEAD"}, {"method": "GET", "headers": {"Sec-Purpose": "prefetch"}}])
def test_head_and_prefetch_do_not_mark_as_seen(people: People, alices_browser: httpx.Client, sent: str, ask: dict[str, Any]) -> None:
    alices_browser.request(url="/notifications", **ask)

    assert receipts(people, sent) == set()


def test_seen_at_keeps_the_first_time(people: People, alices_browser: httpx.Client, sent: str) -> None:
    def seen() -> object:
        with people.elsewhere(), database.read() as connection:
            return connection.scalar(select(Notification.seen_at).join(Message).where(Message.public_id == sent))

    alices_browser.get("/notifications")
    first = seen()
    alices_browser.get("/notifications")

    assert first is not None and seen() == first


def test_opening_the_dropdown_marks_its_items_as_seen(
    people: People, dana: Person, alices_browser: httpx.Client, alice_name: str, sent: str
) -> None:
    later = dana.send(f"user:{alice_name}")["id"]

    answer = submit_by_htmx(alices_browser, "/notifications/seen", through="1")

    assert answer.status_code == 204
    assert (receipts(people, sent), receipts(people, later)) == ({"seen_at"}, set())
    assert alices_browser.post("/notifications/seen", data={"through": "1"}).status_code == 403


def test_opening_the_dropdown_marks_at_most_twenty(
    people: People, dana: Person, alices_browser: httpx.Client, alice_name: str, sent: str
) -> None:
    ids = [dana.send(f"user:{alice_name}")["id"] for _ in range(20)]

    submit_by_htmx(alices_browser, "/notifications/seen")

    assert receipts(people, sent) == set()
    assert [id for id in ids if receipts(people, id) != {"seen_at"}] == []


def test_marking_as_read_also_marks_as_seen(people: People, alices_browser: httpx.Client, sent: str) -> None:
    submit(alices_browser, f"/notifications/{sent}/read")
    assert receipts(people, sent) == {"seen_at", "read_at"}

    submit(alices_browser, f"/notifications/{sent}/unread")
    assert receipts(people, sent) == {"seen_at", "read_at"}, "receipts stay"


def test_undoing_read_all_removes_read_at(people: People, dana: Person, alices_browser: httpx.Client, alice_name: str, sent: str) -> None:
    dana.send(f"user:{alice_name}")
    submit(alices_browser, "/notifications/read-all")

    submit(alices_browser, "/notifications/undo", seq="3")

    assert receipts(people, sent) == {"seen_at"}


def test_in_place_update_clears_receipts(people: People, dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    dana.send(f"user:{alice_name}", collapse_key="k")
    alices_browser.get("/notifications")
    dana.send(f"user:{alice_name}", collapse_key="k", title="another")

    with people.elsewhere(), database.read() as connection:
        seen = select(Notification.seen_at).join(Message).where(Message.title == "another").order_by(Notification.id.desc())
        assert connection.scalars(seen).first() is None


@pytest.mark.parametrize("headers", [OWN_PAGE, {"Sec-Fetch-Site": "none"}, {}])
def test_following_a_link_records_the_click_and_marks_as_read(
    people: People, alices_browser: httpx.Client, sent: str, headers: dict[str, str]
) -> None:
    answer = alices_browser.get(f"/go/{sent}/0", headers=headers)

    assert (answer.status_code, answer.headers["location"]) == (303, "/video/7")
    assert receipts(people, sent) == {"seen_at", "read_at", "clicked_at"}
    assert alices_browser.get(f"/go/{sent}/1", headers=headers).headers["location"] == "https://a.example/b"


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, OWN_PAGE | {"Sec-Purpose": "prefetch;prerender"}]
)
def test_link_followed_from_another_site_records_nothing(
    people: People, alices_browser: httpx.Client, sent: str, headers: dict[str, str]
) -> None:
    assert alices_browser.get(f"/go/{sent}/0", headers=headers).headers["location"] == "/video/7"
    assert receipts(people, sent) == set()


@pytest.mark.parametrize("address", [*STAYING, *ABSOLUTE], ids=short)
def test_link_redirects_to_the_stored_url(dana: Person, alices_browser: httpx.Client, alice_name: str, address: str) -> None:
    id = dana.send(f"user:{alice_name}", actions=[{"label": "There", "url": address}])["id"]

    location = alices_browser.get(f"/go/{id}/0").headers["location"]

    here = httpx.URL("http://localhost:8000/")
    assert here.join(location) == here.join(address)


@pytest.mark.parametrize("index", ["1", "2", "-1", "x", "99999999999999999999"])
def test_unknown_link_index_returns_404(dana: Person, alices_browser: httpx.Client, alice_name: str, index: str) -> None:
    id = dana.send(f"user:{alice_name}", actions=[{"label": "a", "url": "/a"}])["id"]

    for path in (f"/go/{id}/{index}", f"/go/{id}/{index}?url=https://evil.example", f"/go/{id}/{index}?next=//evil.example"):
        assert alices_browser.get(path).status_code == 404


def test_link_of_another_user_returns_404(people: People, visit: Visit, sent: str) -> None:
    carols = visit()
    sign_in(carols, people.account("carol"))

    assert carols.get(f"/go/{sent}/0").status_code == 404
    assert receipts(people, sent) == set()


def test_stored_link_is_validated_again(people: People, alices_browser: httpx.Client, sent: str) -> None:
    with people.elsewhere(), database.write() as transaction:
        stored = [{"label": "x", "url": "javascript:alert(1)"}]
        transaction.execute(update(Message).where(Message.public_id == sent).values(actions=stored))

    assert alices_browser.get(f"/go/{sent}/0").status_code == 404


def test_signed_out_link_redirects_to_sign_in(visitor: httpx.Client, sent: str) -> None:
    answer = visitor.get(f"/go/{sent}/0")

    assert answer.headers["location"] == f"/login?next=/go/{sent}/0"
