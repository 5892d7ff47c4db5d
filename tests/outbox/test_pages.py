"""Pages of e-mail, without JavaScript: the address under Settings, and links in mails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from notifier import database
from notifier.models import Choice
from notifier.services.accounts import addresses, users
from notifier.services.outbox import link_tokens
from tests.databases import Databases
from tests.outbox.office import HERE, PASSWORD, Office
from tests.web.conftest import sign_in, submit
from tests.web.markup import read


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """Pages do not depend on the database: one is enough."""
    return sqlite_databases


@pytest.fixture
def crawler(mail_app: Flask) -> Iterator[httpx.Client]:
    """A browser without cookies, as programs that check mails are."""
    with httpx.Client(base_url="http://localhost:8000", transport=httpx.WSGITransport(mail_app)) as browser:
        yield browser


def links(text: str) -> list[str]:
    """The paths of the links in a mail."""
    return [found.removeprefix(HERE) for found in re.findall(rf"{HERE}[^\s\"<>]*", text)]


def link(text: str, start: str) -> str:
    return next(path for path in links(text) if path.startswith(start))


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


def test_links_of_a_mail_change_nothing_and_one_click_stops_its_category(
    office: Office, visitor: httpx.Client, crawler: httpx.Client
) -> None:
    videos = office.category("videos")
    alice = office.person("alice")
    office.send(alice, type="videos", actions=[{"label": "Watch Now", "url": "/video/7"}])
    office.send(alice, type="videos", title="Second")
    office.later(minutes=31)
    office.work()
    first, second = office.server.mails(office.address(alice))
    before = office.deliveries()

    for path in [*links(first.part("plain")), *links(first.part("html"))]:
        for method in ("GET", "HEAD"):
            assert crawler.request(method, path).status_code in (200, 303)
    path = link(first.part("plain"), "/u/")
    assert first.parsed["List-Unsubscribe"] == f"<{HERE}{path}>"
    page = crawler.get(path).text
    assert "Stop e-mails about Videos to a…@example.com?" in read(page).one("h1").text
    assert office.deliveries() == before
    assert choice(office, alice.id, videos) is None

    stopped = crawler.post(path, data={"List-Unsubscribe": "One-Click"})
    assert "Done." in stopped.text
    assert choice(office, alice.id, videos) == "off"
    sign_in(visitor, alice.name, PASSWORD)
    assert "Done." in visitor.post(path).text
    office.send(alice, type="videos", title="Third")
    office.send(alice, title="Other")
    office.later(minutes=31)
    office.work()
    assert office.mails(alice) == ["Video Ready!", "Second", "Other"]
    assert second.parsed["List-Id"] == "Videos <videos.notify.example.com>"


def test_stopping_is_undone(office: Office, crawler: httpx.Client) -> None:
    videos = office.category("videos")
    alice = office.person("alice")
    office.choose(alice, videos, "at_once")
    path = f"/u/{link_tokens.unsubscribe(alice.public_id, 'videos', 'email')}"

    page = read(crawler.post(path).text)
    assert choice(office, alice.id, videos) == "off"
    crawler.post(path, data={"undo": page.one("input", name="undo").attributes["value"]})

    assert choice(office, alice.id, videos) == "at_once"


def test_stopping_skips_what_waits(office: Office, crawler: httpx.Client) -> None:
    office.category("videos")
    alice = office.person("alice")
    office.send(alice, type="videos")
    office.later(minutes=31)
    office.plan()

    crawler.post(f"/u/{link_tokens.unsubscribe(alice.public_id, 'videos', 'email')}")
    office.work()

    assert office.states(alice) == [("skipped", "unsubscribed")]


def test_wrong_tokens_are_all_unknown(office: Office, crawler: httpx.Client, mail_app: Flask) -> None:
    alice = office.person("alice")
    good = link_tokens.unsubscribe(alice.public_id, "other", "email")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(mail_app.config, "SECRET_KEY", "another-secret-another-secret-another-secret")
        foreign = link_tokens.unsubscribe(alice.public_id, "other", "email")
    wrong = [
        foreign,
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "nothing",
        link_tokens.confirm(alice.public_id, office.address(alice)),
        link_tokens.unsubscribe(alice.public_id, "no-such-category", "email"),
        link_tokens.unsubscribe("0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f", "other", "email"),
    ]

    answers = [crawler.request(method, f"/u/{token}") for token in wrong for method in ("GET", "POST")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert crawler.get(f"/confirm/{good}").status_code == 404
    assert crawler.post(f"/u/{good}", data={"undo": "x"}).status_code == 404


def test_locked_category_is_not_stopped(office: Office, crawler: httpx.Client) -> None:
    office.category("alarms", locked=True)
    alice = office.person("alice")

    answer = crawler.post(f"/u/{link_tokens.unsubscribe(alice.public_id, 'alarms', 'email')}")

    assert answer.status_code == 403
    assert "your administrator requires" in answer.json()["detail"]


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


def choice(office: Office, user_id: int, category: int) -> str | None:
    with database.read() as connection:
        own = select(Choice.value).where(Choice.user_id == user_id, Choice.category_id == category, Choice.channel == "email")
        return connection.scalar(own)
