"""The page of all partials: with `DEMO` it shows every partial file in every state, without it there is no such page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from notifier.database_app import ROOT
from notifier.models.notification import Status
from tests.people import People, people_in_process
from tests.web.markup import Element, read

PARTIALS = Path(ROOT) / "templates" / "partials"
NOT_SHOWN = {"_apidoc.html", "admin/_macros.html", "admin/_charts.html"}
"""Files that hold only macros, which other partials and pages use."""


@pytest.fixture(scope="module")
def gallery(people: People) -> Iterator[Element]:
    with people_in_process(people.app.config["DATABASE_URL"], DEMO=True) as demo:
        browser = httpx.Client(base_url="http://localhost", transport=httpx.WSGITransport(demo.app))
        answer = browser.get("/dev/partials", headers={"Accept": "text/html"})
        assert answer.status_code == 200
        yield read(answer.text)


def states(gallery: Element, partial: str) -> dict[str, Element]:
    return {sample.attributes["data-state"]: sample for sample in gallery.one(data_partial=partial).all("div", class_="sample")}


def test_without_demo_there_is_no_such_page(alices_browser: httpx.Client) -> None:
    assert alices_browser.get("/dev/partials", headers={"Accept": "text/html"}).status_code == 404


def test_every_partial_has_a_section(gallery: Element) -> None:
    files = {path.relative_to(PARTIALS).as_posix() for path in PARTIALS.rglob("*.html")}

    assert {section.attributes["data-partial"] for section in gallery.all("section") if "data-partial" in section.attributes} == (
        files - NOT_SHOWN
    )


def test_no_sample_is_empty(gallery: Element) -> None:
    nothing_to_show = {
        ("_mark_all_button.html", "0"),
        ("_clear_button.html", "0"),
        ("_host_badge.html", "0"),
        ("_undo.html", "nothing to undo"),
        ("_inbox_dropdown.html", "closed"),
    }

    empty = {
        (section.attributes["data-partial"], state)
        for section in gallery.all("section")
        if "data-partial" in section.attributes
        for state, sample in states(gallery, section.attributes["data-partial"]).items()
        if not sample.all()
    }

    assert empty <= nothing_to_show


def test_items_cover_every_status_kind_and_priority(gallery: Element) -> None:
    items = [sample.one("li", class_="item").attributes for sample in states(gallery, "_item.html").values()]

    assert {item["data-status"] for item in items} == set(Status) - {Status.DELETED}
    assert {item["data-kind"] for item in items} == {"info", "success", "warning", "error"}
    assert {item["data-priority"] for item in items} == {"low", "normal", "high", "urgent"}


def test_progress_bars_cover_every_state(gallery: Element) -> None:
    bars = [sample.one(class_="session").attributes["data-status"] for sample in states(gallery, "_progress_bar.html").values()]

    assert {"pending", "uploading", "stalled", "processed", "failed"} <= set(bars)


def test_no_form_of_the_page_can_be_submitted(gallery: Element) -> None:
    assert {form.attributes.get("method") for form in gallery.all("form")} <= {None, "post"}
    assert all(_is_inert(form) for form in gallery.all("form"))


def _is_inert(element: Element | None) -> bool:
    while element is not None:
        if "inert" in element.attributes:
            return True
        element = element.parent
    return False
