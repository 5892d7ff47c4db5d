"""Categories as admins see them, and the reason of one recipient's copy."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from notifier.services.preferences import category_admin
from tests.api_client import Person
from tests.people import People
from tests.web.conftest import Visit, sign_in, submit
from tests.web.markup import Element, read

PAGE = "/admin/categories"
VIDEOS = {"slug": "videos", "label": "Videos", "types": "video_complete\nvideo.*", "in_app": "on", "email": "daily", "push": "off"}


@pytest.fixture
def admins(visit: Visit, people: People) -> Iterator[httpx.Client]:
    """A browser in which an admin has signed in."""
    browser = visit()
    sign_in(browser, people.account("admin", "admin"))
    yield browser
    with people.elsewhere():
        for row in category_admin.listing():
            if row.slug != "other":
                category_admin.retire(row.slug)


def page(browser: httpx.Client, path: str = PAGE) -> Element:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return read(answer.text).one("main")


def rows(browser: httpx.Client) -> list[str]:
    return [row.text for row in page(browser).one("tbody").all("tr")]


def test_category_is_created_changed_and_retired(admins: httpx.Client) -> None:
    assert submit(admins, PAGE, **VIDEOS).status_code == 303
    assert rows(admins)[0] == "Videos video_complete, video.* On Daily Off"
    changed = VIDEOS | {"label": "Films", "locked": "yes", "keep_days": "7", "loud_per_hour": ""}
    assert submit(admins, f"{PAGE}/videos", **changed).status_code == 303
    assert rows(admins)[0] == "Films video_complete, video.* On Daily Off Locked"
    assert page(admins, f"{PAGE}/videos").one("input", id="keep_days").attributes["value"] == "7"
    assert "Retire Films?" in submit(admins, f"{PAGE}/videos/retire").text
    assert submit(admins, f"{PAGE}/videos/retire", sure="yes").status_code == 303
    assert [row.split()[0] for row in rows(admins)] == ["Everything"]


def test_wrong_fields_are_refused_and_named(admins: httpx.Client) -> None:
    submit(admins, PAGE, **VIDEOS)
    refused = [
        (PAGE, {"slug": "Videos!"}, "slug"),
        (PAGE, {}, "exists already"),
        (PAGE, {"slug": "sort", "types": ""}, "is taken"),
        (PAGE, {"slug": "films"}, "is in the category"),
        (f"{PAGE}/videos", {"wait_minutes": "soon"}, "wait_minutes"),
        (f"{PAGE}/videos", {"in_app": "off", "locked": "yes"}, "a locked category is always on"),
        (f"{PAGE}/videos", {"label": ""}, "label"),
    ]
    for path, fields, text in refused:
        answer = submit(admins, path, **VIDEOS | fields)
        assert (answer.status_code, text in read(answer.text).one("main").text) == (422, True), fields
    assert submit(admins, f"{PAGE}/films", **VIDEOS).status_code == 404
    assert rows(admins)[0] == "Videos video_complete, video.* On Daily Off"


def test_kinds_that_fit_nowhere_are_listed_and_sorted(admins: httpx.Client, alice_name: str, dana: Person) -> None:
    submit(admins, PAGE, **VIDEOS)
    for _ in range(2):
        dana.send(f"user:{alice_name}", type="sorting.retry")
    shown = page(admins)
    assert "sorting.retry (2 in 30 days)." in shown.text
    choice = shown.one("select", aria_label="Category for sorting.retry")
    assert "required" in choice.attributes and choice.all("option")[0].attributes["value"] == "", "no category is chosen for the admin"
    assert submit(admins, f"{PAGE}/sort", type="sorting.retry", slug="videos").status_code == 303
    dana.send(f"user:{alice_name}", type="sorting.retry")
    assert "sorting.retry (2 in 30 days)" in page(admins).text, "what was sent before stays"
    assert rows(admins)[0].startswith("Videos video_complete, video.*, sorting.retry")


def test_reset_asks_and_names_the_number(admins: httpx.Client, alice_name: str, people: People) -> None:
    submit(admins, PAGE, **VIDEOS)
    submit(admins, f"{PAGE}/videos/reset", sure="yes")  # other tests may have left choices
    alice, bob = people.person("alice"), people.person("bob")
    for person in (alice, bob):
        person.patch("/api/preferences", json={"categories": {"videos": {"in_app": "off", "push": "on"}}})
    assert "2 users chose something else." in page(admins, f"{PAGE}/videos").text
    asked = read(submit(admins, f"{PAGE}/videos/reset").text).one("main").text
    assert "Reset everybody to this default?" in asked and "2 users chose something else" in asked
    assert submit(admins, f"{PAGE}/videos/reset", sure="yes").status_code == 303
    assert alice.get("/api/preferences").json()["categories"]["videos"]["in_app"] == "on"


def test_sent_message_names_the_reason_of_one_recipient_and_since_when(admins: httpx.Client, people: People, dana: Person) -> None:
    submit(admins, PAGE, **VIDEOS)
    alice, bob = people.person("alice"), people.person("bob")
    alice.patch("/api/preferences", json={"categories": {"videos": {"in_app": "off"}}})
    bob.post("/api/mutes", json={"kind": "sender", "value": dana.name})
    id_ = dana.send([alice.address, bob.address, dana.address], type="video_complete")["id"]

    def line(person: Person) -> str:
        return next(item.text for item in page(admins, f"/admin/sent/{id_}?user={person.name}").all("li") if "In the app" in item.text)

    assert f"archived on arrival, since {alice.name} switched Videos off, chosen 20" in line(alice)
    assert f"archived on arrival, since {bob.name} muted its sender, chosen 20" in line(bob)
    assert line(dana).endswith("shown as usual.")
