"""Live updates of the open history: arrivals, changes from elsewhere, and loading more."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.api_client import Person
from tests.browser.reader import Reader


def titles(page: Page) -> list[str]:
    return [text.strip().removeprefix("Unread: ") for text in page.locator("#history .item-title").all_text_contents()]


def test_arrivals_appear_on_top_and_are_counted(reader: Reader, dana: Person, alice: Person) -> None:
    first = dana.send(alice, title="first")["id"]
    page = reader.open().page

    dana.send(alice, title="second")
    expect(page.locator("#history .item")).to_have_count(2)
    expect(page.locator("#history").get_by_role("button", name="Mark 2 as read")).to_be_visible()
    assert titles(page) == ["second", "first"]

    alice.patch(f"/api/notifications/{first}", json={"status": "archived"})
    expect(page.locator("#history .item")).to_have_count(1)

    page.locator("#history").get_by_role("button", name="Mark 1 as read").click()
    expect(page.locator("#history .item[data-status=read]")).to_have_count(1)
    expect(page.locator("#mark-all")).to_have_text("")


def test_filtered_history_matches_the_server(reader: Reader, dana: Person, alice: Person) -> None:
    page = reader.open("/notifications?type=error").page

    dana.send(alice, title="other")
    dana.send(alice, title="error", type="error")

    expect(page.locator("#history .item")).to_have_count(1)
    assert titles(page) == ["error"]
    expect(page.locator("#history").get_by_role("button", name="Mark 1 as read")).to_be_visible()


def test_arrival_while_the_filtered_history_loads_makes_its_toast(reader: Reader, dana: Person, alice: Person) -> None:
    leader, tab = reader.open("/notifications"), reader.open("/notifications?type=error")

    def send_meanwhile(route: Route) -> None:
        dana.send(alice, title="Second", type="error")
        expect(leader.toasts).to_have_count(2)
        route.continue_()

    tab.page.route("**/fragments/inbox?*", send_meanwhile, times=1)
    dana.send(alice, title="First", type="error")
    expect(tab.history).to_have_count(2)
    expect(tab.toasts).to_have_count(2)
    assert tab.toast_titles() == ["Second", "First"]


def test_load_more_appends(reader: Reader, dana: Person, alice: Person) -> None:
    for number in range(45):
        dana.send(alice, title=str(number))
    page = reader.open().page

    page.get_by_role("link", name="Load more").click()
    expect(page.locator("#history .item")).to_have_count(40)
    dana.send(alice, title="new")
    expect(page.locator("#history .item")).to_have_count(41)
    page.get_by_role("link", name="Load more").click()
    expect(page.locator("#history .item")).to_have_count(46)
    assert titles(page) == ["new", *map(str, range(44, -1, -1))]


def test_filtered_history_keeps_its_length(reader: Reader, dana: Person, alice: Person) -> None:
    for number in range(25):
        dana.send(alice, title=str(number), type="error")
    page = reader.open("/notifications?type=error").page
    page.get_by_role("link", name="Load more").click()
    expect(page.locator("#history .item")).to_have_count(25)

    dana.send(alice, title="new", type="error")

    expect(page.locator("#history .item-title").first).to_contain_text("new")
    expect(page.locator("#history .item")).to_have_count(25)
    expect(page.get_by_role("link", name="Load more")).to_be_visible()


def test_clear_can_be_undone(reader: Reader, dana: Person, alice: Person) -> None:
    for number in range(3):
        dana.send(alice, title=str(number))
    page = reader.open().page

    page.locator("#history").get_by_role("button", name="Clear 3").click()
    expect(page.locator("#history .item")).to_have_count(0)
    expect(page.locator("#history .empty")).to_be_visible()
    page.locator("#undo-toast").get_by_role("button", name="Undo").click()

    expect(page.locator("#history .item")).to_have_count(3)
    assert titles(page) == ["2", "1", "0"]


def test_clear_counts_what_arrives_and_clears_exactly_that(reader: Reader, dana: Person, alice: Person) -> None:
    ids = [dana.send(alice, title=str(number))["id"] for number in range(5)]
    alice.patch(f"/api/notifications/{ids[0]}", json={"status": "archived"})
    page = reader.open().page
    history = page.locator("#history")
    expect(history.get_by_role("button", name="Clear 4")).to_be_visible()

    for number in range(3):
        dana.send(alice, title=f"new {number}")

    expect(history.get_by_role("button", name="Mark 7 as read")).to_be_visible()
    history.get_by_role("button", name="Clear 7").click()
    expect(page.locator("#history .item")).to_have_count(0)
    expect(page.locator("#history h2:visible")).to_have_count(0)
    assert [item["id"] for item in alice.get("/api/notifications?status=archived").json()] == [ids[0]]


def test_heading_of_a_day_goes_with_its_last_item(reader: Reader, dana: Person, alice: Person) -> None:
    id = dana.send(alice)["id"]
    page = reader.open().page
    expect(page.locator("#history h2:visible")).to_have_count(1)

    dana.send(alice, title="new")
    alice.delete(f"/api/notifications/{id}")

    expect(page.locator("#history .item")).to_have_count(1)
    expect(page.locator("#history h2:visible")).to_have_text(["New"])


def test_bulk_action_without_effect_explains_why(reader: Reader, dana: Person, alice: Person) -> None:
    dana.send(alice)
    tab = reader.open()
    tab.page.evaluate("document.querySelector('#clear button').setAttribute('formaction', '/notifications/clear?type=error')")

    tab.page.locator("#clear button").click()

    expect(tab.toasts).to_contain_text("Nothing was left to change")
    expect(tab.page.locator("#history").get_by_role("button", name="Clear 1")).to_be_visible()
