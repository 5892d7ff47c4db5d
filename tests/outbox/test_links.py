"""Links in mails: what only looks changes nothing, and one click stops a category. On both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from notifier import database
from notifier.models import Choice
from notifier.services.outbox import link_tokens
from notifier.services.preferences import pauses
from tests.outbox.office import HERE, PASSWORD, Office, link, links
from tests.web.conftest import sign_in
from tests.web.markup import read


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


@pytest.mark.postgres
@pytest.mark.parametrize("databases", ["postgres"], indirect=True)
def test_stopping_waits_for_settings_that_are_saved(office: Office, crawler: httpx.Client) -> None:
    """Else both would add the same row, and the settings would be lost. SQLite has one writer anyway."""
    videos, alice = office.category("videos"), office.person("alice")
    path = f"/u/{link_tokens.unsubscribe(alice.public_id, 'videos', 'email')}"
    with ThreadPoolExecutor() as pool:
        with database.write() as transaction:
            pauses.lock(transaction, alice.id)
            stopped = pool.submit(crawler.post, path)
            with pytest.raises(TimeoutError):
                stopped.result(timeout=0.5)
        assert "Done." in stopped.result(timeout=10).text

    assert choice(office, alice.id, videos) == "off"


def test_wrong_tokens_are_all_unknown(office: Office, crawler: httpx.Client, mail_app: Flask) -> None:
    alice = office.person("alice")
    good = link_tokens.unsubscribe(alice.public_id, "other", "email")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(mail_app.config, "SECRET_KEY", "another-secret-another-secret-another-secret")
        foreign = link_tokens.unsubscribe(alice.public_id, "other", "email")
    wrong = [
        foreign,
        good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:],  # the last character has bits that no signature uses
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


def choice(office: Office, user_id: int, category: int) -> str | None:
    with database.read() as connection:
        own = select(Choice.value).where(Choice.user_id == user_id, Choice.category_id == category, Choice.channel == "email")
        return connection.scalar(own)
