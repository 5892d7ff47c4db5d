"""What reaches the user, as pages without JavaScript: the table, quiet hours, pause, mutes, snooze and "Why did I get this?"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from notifier.services.preferences import category_admin
from tests.api_client import Person
from tests.people import People
from tests.web.conftest import submit
from tests.web.markup import Element, read

PAGE = "/settings/notifications"


@pytest.fixture(autouse=True)
def _categories(people: People) -> Iterator[None]:
    with people.elsewhere():
        category_admin.create(category_admin.draft({"slug": "videos", "label": "Videos", "types": ("video_complete",)}))
        category_admin.create(category_admin.draft({"slug": "security", "label": "Security", "types": ("login",), "locked": True}))
        yield
        for slug in ("videos", "security"):
            category_admin.retire(slug)


def page(browser: httpx.Client, path: str = PAGE) -> Element:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return read(answer.text).one("main")


def selected(found: Element) -> dict[str, str]:
    """The chosen option of each select, by its label."""
    return {
        select.attributes["aria-label"]: next(option.text for option in select.all("option") if "selected" in option.attributes)
        for select in found.all("select")
    }


def test_page_shows_categories_and_the_locked_one(alices_browser: httpx.Client) -> None:
    found = page(alices_browser)

    assert found.one("h1").text == "What reaches you"
    assert selected(found) == {"Videos: In the app": "On", "Everything else: In the app": "On"}
    (locked,) = [row.text for row in found.all("tr") if "Security" in row.text]
    assert "Always on Set by your administrator" in locked
    assert "There are no quiet hours" in found.text and "Nothing is muted" in found.text


def test_only_cells_that_were_changed_are_saved(alices_browser: httpx.Client) -> None:
    """Two tabs: the second saves the whole form and changes another cell."""
    in_app = {"videos.in_app": "off", "was.videos.in_app": "on", "other.in_app": "on", "was.other.in_app": "on"}
    assert submit(alices_browser, PAGE, **in_app).status_code == 303
    stale = {"videos.in_app": "on", "was.videos.in_app": "on", "other.in_app": "quiet", "was.other.in_app": "on"}
    assert submit(alices_browser, PAGE, **stale).status_code == 303

    assert selected(page(alices_browser)) == {"Videos: In the app": "Off", "Everything else: In the app": "Quiet"}


def test_forged_forms_are_refused_and_change_nothing(alices_browser: httpx.Client) -> None:
    for forged in ({"security.in_app": "off"}, {"videos.in_app": "never"}, {"films.in_app": "off"}, {"videos.fax": "on"}):
        answer = submit(alices_browser, PAGE, **forged)
        assert (answer.status_code, bool(read(answer.text).all(role="alert"))) == (422, True), forged
    assert selected(page(alices_browser))["Videos: In the app"] == "On"


def test_quiet_hours_name_the_next_window(alices_browser: httpx.Client) -> None:
    hours: dict[str, str | list[str]] = {"from": "22:00", "to": "07:00", "days": [str(day) for day in range(7)]}
    assert submit(alices_browser, "/settings/browser-zone", time_zone="Europe/Berlin").status_code == 204
    assert submit(alices_browser, f"{PAGE}/quiet-hours", **hours).status_code == 303

    text = page(alices_browser).text
    assert "22:00 to " in text and " 07:00. Urgent ones still come through." in text and "Times are of Europe/Berlin." in text
    refused: list[dict[str, Any]] = [{"to": "22:00"}, {"from": "25:00"}, {"days": []}]
    for wrong in refused:
        assert submit(alices_browser, f"{PAGE}/quiet-hours", **hours | wrong).status_code == 422
    assert submit(alices_browser, f"{PAGE}/quiet-hours", none="yes").status_code == 303
    assert "There are no quiet hours" in page(alices_browser).text


def test_zone_that_this_machine_does_not_know_is_named(alices_browser: httpx.Client) -> None:
    submit(alices_browser, "/settings/browser-zone", time_zone="Moon/Tycho")
    assert "does not know the time zone Moon/Tycho: it counts in UTC" in page(alices_browser).text
    assert submit(alices_browser, "/settings/browser-zone", time_zone="<b>").status_code == 422


def test_pause_and_resume_in_the_panel(alices_browser: httpx.Client) -> None:
    def pause() -> Element:
        return read(alices_browser.get("/notifications").text).one(id="pause")

    assert pause().text == "Pause: 1 hour until tomorrow"
    assert submit(alices_browser, "/pause?for=hour").status_code == 303
    assert pause().text.startswith("Paused until ") and pause().one("button").text == "Resume"
    assert submit(alices_browser, "/pause?for=tomorrow").status_code == 303
    assert pause().one("p").text == "Paused until tomorrow 08:00"
    assert submit(alices_browser, "/resume").status_code == 303
    assert pause().text == "Pause: 1 hour until tomorrow"
    for wrong in ("/pause?for=ever", "/pause?until=yesterday", "/pause?until=2020-01-01T00:00"):
        assert submit(alices_browser, wrong).status_code == 422


def test_archive_says_why_and_the_page_of_reasons_too(alices_browser: httpx.Client, alice_name: str, dana: Person) -> None:
    submit(alices_browser, PAGE, **{"videos.in_app": "off"})
    id_ = dana.send(f"user:{alice_name}", title="Ready", type="video_complete")["id"]

    assert page(alices_browser, "/notifications").all("li", class_="item") == []
    item = page(alices_browser, "/notifications?status=archived").one(id=f"h-{id_}")
    assert item.one(class_="item-text note").text == "Archived on arrival: you switched Videos off"
    why = page(alices_browser, f"/notifications/{id_}/why")
    assert why.one("h1").text == "Why did I get this?"
    assert f"{dana.name} sent it to you" in why.text and "Archived on arrival: you switched Videos off (since today" in why.text


def test_time_of_a_choice_is_named_only_where_it_is_the_reason(alices_browser: httpx.Client, alice_name: str, dana: Person) -> None:
    """Not for a pause, nor where the choice has changed since."""

    def reason(id_: str) -> str:
        text = page(alices_browser, f"/notifications/{id_}/why").text
        return text.partition("no sound: ")[2].partition(" today ")[0].partition(". This category")[0]

    submit(alices_browser, PAGE, **{"videos.in_app": "quiet"})
    quiet = dana.send(f"user:{alice_name}", type="video_complete")["id"]
    assert reason(quiet) == "you keep this category quiet (since"
    submit(alices_browser, "/pause?for=hour")
    submit(alices_browser, PAGE, **{"videos.in_app": "on"})
    paused = dana.send(f"user:{alice_name}", type="video_complete")["id"]
    assert reason(paused) == "you had paused notifications"
    assert reason(quiet) == "you keep this category quiet"


def test_mute_from_the_menu_and_unmute_on_the_page(alices_browser: httpx.Client, alice_name: str, dana: Person) -> None:
    id_ = dana.send(f"user:{alice_name}", thread="t-1")["id"]
    menu = read(alices_browser.get(f"/notifications/{id_}/menu").text)
    assert [entry.text for entry in menu.first(lambda _: True).parent.all() if entry.tag in ("a", "button")] == [  # type: ignore[union-attr]
        "Snooze for 1 hour",
        "Snooze until tomorrow 08:00",
        "Snooze until Monday 08:00",
        "Snooze until…",
        "Mute this kind",
        f"Mute {dana.name}",
        "Mute this thread",
        "Why did I get this?",
    ]
    for kind in ("thread", "sender"):
        assert submit(alices_browser, f"/notifications/{id_}/mute/{kind}").status_code == 303
    menu = read(alices_browser.get(f"/notifications/{id_}/menu").text)
    assert [button.text for button in menu.all("button")][3:] == ["Mute this kind", f"Unmute {dana.name}", "Unmute this thread"]
    found = page(alices_browser)
    assert [item.text for item in found.one(class_="lines").all("li")] == [
        "Muted: thread t-1 Unmute",
        f"Muted: sender {dana.name} Unmute",
    ]
    first, second = (form.attributes["action"] for form in found.one(class_="lines").all("form"))
    assert submit(alices_browser, first).status_code == 303
    alices_browser.headers["HX-Request"] = "true"
    assert "It is muted no more." in read(submit(alices_browser, second).text).text
    del alices_browser.headers["HX-Request"]
    assert "Nothing is muted" in page(alices_browser).text


def test_page_of_reasons_undoes_what_it_names(alices_browser: httpx.Client, alice_name: str, dana: Person) -> None:
    """A mute, a pause, and the place in the archive."""
    first = dana.send(f"user:{alice_name}", thread="t-2")["id"]
    submit(alices_browser, f"/notifications/{first}/mute/thread")
    muted = f"/notifications/{dana.send(f'user:{alice_name}', thread='t-2')['id']}/why"
    press(alices_browser, muted, "Put it back into your list")
    assert "It is back in your list." in page(alices_browser, muted).text
    press(alices_browser, muted, "Unmute this thread")
    assert [button.text for button in page(alices_browser, muted).all("button")][-3:] == [
        "Mute this kind",
        f"Mute {dana.name}",
        "Mute this thread",
    ]
    assert {item.attributes["data-status"] for item in page(alices_browser, "/notifications").all("li", class_="item")} == {"unread"}

    submit(alices_browser, "/pause?for=hour")
    paused = f"/notifications/{dana.send(f'user:{alice_name}')['id']}/why"
    press(alices_browser, paused, "Resume")
    assert "It made no toast and no sound: you had paused notifications" in page(alices_browser, paused).text
    assert "still paused" not in page(alices_browser, paused).text


def press(browser: httpx.Client, path: str, name: str) -> None:
    """Submit the form of a button on a page."""
    (form,) = [form for form in page(browser, path).all("form") if name in [button.text for button in form.all("button")]]
    assert submit(browser, form.attributes["action"]).status_code == 303


def test_notification_without_a_thread_offers_none(alices_browser: httpx.Client, alice_name: str, dana: Person) -> None:
    id_ = dana.send(f"user:{alice_name}")["id"]
    assert "thread" not in alices_browser.get(f"/notifications/{id_}/menu").text
    assert submit(alices_browser, f"/notifications/{id_}/mute/thread").status_code == 422


def test_snoozed_one_is_listed_under_its_filter(alices_browser: httpx.Client, alice_name: str, dana: Person) -> None:
    id_ = dana.send(f"user:{alice_name}")["id"]
    assert submit(alices_browser, f"/notifications/{id_}/snooze?for=tomorrow").status_code == 303
    assert page(alices_browser, "/notifications").all("li", class_="item") == []
    item = page(alices_browser, "/notifications?status=snoozed").one(id=f"h-{id_}")
    assert item.one(class_="item-text note").text == "Snoozed until tomorrow 08:00"
    assert "It is snoozed until tomorrow 08:00." in page(alices_browser, f"/notifications/{id_}/why").text

    later = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    assert submit(alices_browser, f"/notifications/{id_}/snooze", until=later).status_code == 303
    for wrong in ("", "2020-01-01T00:00", "soon"):
        assert submit(alices_browser, f"/notifications/{id_}/snooze", until=wrong).status_code == 422
    press(alices_browser, f"/notifications/{id_}/why", "Bring it back now")
    assert page(alices_browser, "/notifications").one(id=f"h-{id_}").attributes["data-status"] == "unread"


def test_pages_of_others_notifications_are_not_found(alices_browser: httpx.Client, bob: Person, dana: Person) -> None:
    id_ = dana.send(bob)["id"]
    for path in ("why", "menu"):
        assert alices_browser.get(f"/notifications/{id_}/{path}").status_code == 404
    for path in ("snooze?for=hour", "mute/type"):
        assert submit(alices_browser, f"/notifications/{id_}/{path}").status_code == 404
