"""Admin pages in a browser: members see the admin's changes at once, and the admin theirs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from notifier.services.destinations import destinations
from notifier.services.webhooks import webhooks
from tests.api_client import Person
from tests.browser.axe import assert_accessible
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader
from tests.site import Site


@pytest.fixture
def desk(read_by: ReadBy, site: Site, admin: Person) -> Reader:
    """The admin, signed in, with no page open yet."""
    return read_by(site, admin)


def compose(page: Page, to: str, **fields: str) -> None:
    page.get_by_label("To", exact=True).fill(to)
    for label, text in ({"Title": "Maintenance tonight"} | {name.replace("_", " "): text for name, text in fields.items()}).items():
        page.get_by_label(label, exact=True).fill(text)


def figure(page: Page, name: str) -> str:
    """The number beside `name` on a message's page."""
    return page.locator(".share", has_text=name).locator(".share-number").inner_text().split()[0]


def test_admin_sends_to_a_group_watches_receipts_and_withdraws(
    desk: Reader, read_by: ReadBy, site: Site, staff: str, alice: Person, bob: Person
) -> None:
    members = [read_by(site, person).open() for person in (alice, bob)]
    page = desk.open("/admin/send").page
    compose(page, f"group:{staff}", Message="The build farm restarts.", Type="warning", Action_label="Details", Action_URL="/notifications")
    expect(page.locator("#reach")).to_contain_text("Reaches 2 people")
    expect(page.locator("#preview .toast-title")).to_have_text("Maintenance tonight")

    page.get_by_role("button", name="Send", exact=True).click()

    expect(page).to_have_url(re.compile("/admin/sent/.+"))
    for member in members:
        expect(member.items.first).to_contain_text("Maintenance tonight")
        expect(member.toasts.first).to_contain_text("The build farm restarts.")
    assert (figure(page, "Recipients"), figure(page, "Seen"), figure(page, "Read")) == ("2", "0", "0")
    before = page.evaluate("performance.timeOrigin")

    members[0].open_bell()
    expect(page.locator(".share", has_text="Seen")).to_contain_text("1")
    members[0].page.get_by_role("button", name="Mark as read").first.click()
    expect(page.locator(".share", has_text="Read")).to_contain_text("1")
    members[1].toasts.first.get_by_role("link", name="Details").click()
    expect(page.locator(".share", has_text="Clicked")).to_contain_text("1")
    assert page.evaluate("performance.timeOrigin") == before, "the page is not reloaded"

    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw").click()

    for member in members:
        expect(member.items).to_have_count(0)
        expect(member.badge).to_be_hidden()


def test_admin_forms_work_without_scripts(read_by: ReadBy, site: Site, admin: Person, alice: Person, staff: str) -> None:
    page = read_by(site, admin, java_script_enabled=False).open("/admin/send", live=False).page
    compose(page, "nobody-of-this-name", Message="kept")
    page.get_by_text("Pick groups and roles").click()
    page.get_by_label(staff).check()

    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Reaches 2 people")).to_be_visible()
    expect(page.get_by_text("there is no user 'nobody-of-this-name'").first).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#to-wrong")).to_contain_text("there is no user")
    expect(page.get_by_label("Message", exact=True)).to_have_value("kept")
    page.get_by_label("To", exact=True).fill("")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The message was sent.", exact=True)).to_be_visible()
    assert [item["message"] for item in alice.get("/api/notifications").json()] == ["kept"]

    page.get_by_role("link", name="Send again").click()
    expect(page.get_by_label("To", exact=True)).to_have_value(f"group:{staff}")

    page.goto(f"/admin/users?q={alice.name}")
    page.get_by_role("link", name=alice.name).click()
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("The user was disabled and can no longer sign in.")).to_be_visible()
    assert alice.get("/api/notifications").status_code == 401

    page.goto(f"/admin/groups/{staff}")
    page.locator("tr", has_text=alice.name).get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("1 member.")).to_be_visible()


def test_lists_are_filtered_while_typing(desk: Reader, alice: Person, bob: Person) -> None:
    page = desk.open("/admin/users").page
    rows = page.locator("#found tbody tr")
    search = page.get_by_label("Name", exact=True)
    before, loaded = rows.count(), page.evaluate("performance.timeOrigin")

    search.press_sequentially(alice.name)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(alice.name)
    expect(page).to_have_url(f"{desk.url}/admin/users?q={alice.name}")
    expect(search).to_be_focused()
    page.get_by_label("Role").first.select_option("admin")
    expect(page.locator("#found")).to_contain_text("No user matches.")
    page.get_by_label("Role").first.select_option("")
    search.fill("")
    expect(rows).to_have_count(before)
    expect(page).to_have_url(f"{desk.url}/admin/users")

    assert page.evaluate("performance.timeOrigin") == loaded, "the page is not loaded again"


def test_streams_are_filtered_while_typing_and_stay_so(desk: Reader, read_by: ReadBy, site: Site, alice: Person) -> None:
    read_by(site, alice).open()
    page = desk.open("/admin/connections").page
    page.get_by_label("User", exact=True).press_sequentially(alice.name)

    expect(page.locator("#streams tbody tr")).to_have_count(1)
    expect(page.locator("#streams")).to_have_attribute("hx-get", re.compile(f"q={alice.name}"))


def test_admin_sees_and_ends_a_stream(desk: Reader, read_by: ReadBy, site: Site, alice: Person) -> None:
    program = alice.connected()
    page = desk.open(f"/admin/connections?q={alice.name}").page
    row = page.locator("#streams tbody tr")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="End").click()
    page.get_by_role("button", name="End").click()

    assert program.until("bye").json["reason"] == "rotated"
    page.goto(f"/admin/connections?q={alice.name}")
    expect(row).to_have_count(0)


def test_axe_finds_no_violation_on_admin_pages(
    read_by: ReadBy, site: Site, admin: Person, dana: Person, alice: Person, bob: Person, staff: str
) -> None:
    sent = dana.send([f"group:{staff}"], title="For axe", type="error", priority="urgent", actions=[{"label": "Go", "url": "/x"}])["id"]
    with site.elsewhere():
        webhooks.create("w" * 64, f"https://{'w' * 60}.example.com/{'w' * 200}", ["ping"])
        destinations.create("w" * 64, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops")
    page = read_by(site, admin).open("/admin", live=False).page
    pages = [
        "",
        "/send",
        "/sent",
        f"/sent/{sent}?user={alice.name}",
        "/users",
        "/groups",
        f"/groups/{staff}",
        "/keys",
        "/categories",
        "/categories/other",
        "/outbox",
        "/outbox?which=given_up",
        "/webhooks",
        "/destinations",
        "/connections",
        "/audit",
    ]

    for path in [*pages, "/users?q=nobody-like-that", f"/users/{bob.id}"]:
        page.goto(f"/admin{path}")
        assert_accessible(page, path)
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("heading", name=re.compile("Disable"))).to_be_visible()
    assert_accessible(page, "the question")


def test_figure_of_the_overview_stays_on_one_line(desk: Reader) -> None:
    """Its note goes to the next one, where both do not fit."""
    page = desk.open("/admin").page
    page.set_viewport_size({"width": 1100, "height": 800})

    lines = (
        page.locator(".figures dd")
        .nth(2)
        .evaluate(
            """figure => {
            figure.innerHTML = "about 18 ms <small>over 54 deliveries</small>";
            const text = document.createRange();
            text.selectNode(figure.firstChild);
            return text.getClientRects().length;
        }"""
        )
    )

    assert lines == 1
