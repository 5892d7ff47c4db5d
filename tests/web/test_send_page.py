"""The send form: every field of the API, errors at their fields, kept values, and submitting twice sends once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from notifier.services.accounts import page_settings, users
from notifier.services.accounts.page_settings import PageSettings
from notifier.services.messages import reports
from tests.api_client import Person
from tests.people import People
from tests.web.admin_browser import AdminBrowser, field_errors
from tests.web.conftest import Visit

MARKUP = '"><script>alert(1)</script>'


@pytest.fixture
def sender_browser(people: People, visit: Visit) -> AdminBrowser:
    """A signed-in sender."""
    return AdminBrowser(visit(), people.account("erin", "sender"))


def inbox(person: Person) -> list[dict[str, object]]:
    found: list[dict[str, object]] = person.get("/api/notifications").json()
    return found


def test_every_field_reaches_the_recipients(sender_browser: AdminBrowser, alice: Person, bob: Person, staff: str) -> None:
    there = sender_browser.submit(
        "/admin/send",
        to=f"{alice.name}, user:{bob.name}; group:{staff}",
        title="Video Ready!",
        message="first line\r\nsecond line",
        type="video_complete",
        priority="high",
        action1_label="Watch Now",
        action1_url="/video/7",
        action3_label="Other",
        action3_url="https://example.org/x",
        reply="Which take?",
        image_url="/image.png",
        metadata='{"content_id": "7"}',
        collapse_key="video",
        related_session_id="s1",
        once="1",
    )

    for person in (alice, bob):
        (item,) = inbox(person)
        expected = {"title": "Video Ready!", "message": "first line\nsecond line", "type": "video_complete", "priority": "high"}
        actions: list[object] = [{"label": "Watch Now", "url": "/video/7"}, {"label": "Other", "url": "https://example.org/x"}]
        actions.append({"label": "Which take?", "reply": True})
        rest = {"metadata": {"content_id": "7"}, "image_url": "/image.png", "collapse_key": "video", "related_session_id": "s1"}
        assert {name: item[name] for name in (*expected, "actions", *rest)} == expected | {"actions": actions} | rest
    assert "The message was sent." in sender_browser.get(there)


def test_picked_groups_are_added_to_the_audience(
    sender_browser: AdminBrowser, alice: Person, bob: Person, carol: Person, staff: str
) -> None:
    sender_browser.submit("/admin/send", to=carol.name, pick=[f"group:{staff}"], title="ticked", once="1")

    assert [len(inbox(person)) for person in (alice, bob, carol)] == [1, 1, 1]


def test_same_form_submitted_twice_sends_one_message(sender_browser: AdminBrowser, alice: Person) -> None:
    first = sender_browser.submit("/admin/send", to=alice.name, title="once", once="1")
    second = sender_browser.submit("/admin/send", to=alice.name, title="once", once="1")

    assert (first, len(inbox(alice))) == (second, 1)


def test_form_changed_after_sending_gets_a_new_key(sender_browser: AdminBrowser, alice: Person) -> None:
    sender_browser.submit("/admin/send", to=alice.name, title="one", once="1")
    answer = sender_browser.post("/admin/send", to=alice.name, title="two", once="1")
    assert answer.status_code == 422 and "already sent" in answer.text
    fresh = re.search(r'name="once" value="([^"]+)"', answer.text)

    assert fresh and fresh[1] != "1"
    sender_browser.submit("/admin/send", to=alice.name, title="two", once=fresh[1])
    assert [item["title"] for item in inbox(alice)] == ["two", "one"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", ""),
        ("to", "nobody-at-all"),
        ("to", "king:alice"),
        ("title", "x" * 201),
        ("title", "\u202e"),
        ("message", "x" * 4001),
        ("type", "No Type"),
        ("priority", "loud"),
        ("action1_label", ""),
        ("action2_url", "javascript:alert(1)"),
        ("action3_url", ""),
        ("reply", "a fourth action"),
        ("image_url", "//evil"),
        ("collapse_key", "x" * 65),
        ("related_session_id", "x" * 65),
        ("metadata", "[1]"),
        ("metadata", "{"),
        ("metadata", "[" * 5000),
        ("send_at", "soon"),
        ("send_at", "2999-01-01T10:00"),
        ("expires_at", "2001-01-01T10:00"),
    ],
)
def test_error_is_shown_at_its_field_and_other_values_are_kept(sender_browser: AdminBrowser, alice: Person, field: str, value: str) -> None:
    actions = {f"action{n}_{part}": {"label": f"label {n}", "url": f"/{n}"}[part] for n in (1, 2, 3) for part in ("label", "url")}
    fields = {"to": alice.name, "title": "kept title", "message": "kept\nmessage", "once": "1"} | actions | {field: value}
    answer = sender_browser.post("/admin/send", **fields)

    assert answer.status_code == 422
    assert list(field_errors(answer)) == [field]
    assert 'aria-invalid="true"' in answer.text
    for name, kept in fields.items():
        assert name in (field, "message", "once") or f'value="{kept}"' in answer.text, name
    assert ">\nkept\nmessage</textarea>" in answer.text or field == "message"
    assert inbox(alice) == []


def test_message_without_title_and_text_is_refused(sender_browser: AdminBrowser, alice: Person) -> None:
    assert field_errors(sender_browser.post("/admin/send", to=alice.name, once="1")) == {"title": "give a `title` or a `message`"}


def test_check_shows_the_reach_and_sends_nothing(sender_browser: AdminBrowser, alice: Person, bob: Person, staff: str) -> None:
    text = sender_browser.post("/admin/send", to=f"group:{staff}, nobody-at-all", title="checked", check="yes", once="1").text

    assert "Reaches 2 people" in text and "there is no user" in text and 'value="checked"' in text
    assert "Reaches 1 person<" in sender_browser.post("/admin/send", to=alice.name, check="yes", once="1").text
    assert inbox(alice) == inbox(bob) == []


def test_preview_shows_the_notification_escaped(sender_browser: AdminBrowser, alice: Person) -> None:
    text = sender_browser.post("/admin/send/preview", to=alice.name, title=MARKUP, action1_label=MARKUP, action1_url="x", type="error").text

    assert "Reaches 1 person" in text
    assert text.count("&lt;script&gt;") >= 3 and "<script" not in text
    assert 'data-kind="error"' in text and "shown until dismissed" in text
    assert "No toast" in sender_browser.post("/admin/send/preview", to="", title="x").text


def test_suggestions_keep_the_names_already_entered(sender_browser: AdminBrowser, staff: str, alice: Person) -> None:
    assert f'<option value="{alice.name}, group:{staff}">' in sender_browser.get(
        f"/admin/send/suggestions?to={alice.name}, group:{staff[:8]}"
    )


def test_times_are_in_the_time_zone_of_the_sender(people: People, sender_browser: AdminBrowser, alice: Person) -> None:
    with people.elsewhere():
        page_settings.save(users.by_name(sender_browser.name).id, PageSettings(time_zone="Asia/Kolkata"))
    assert "Send at (Asia/Kolkata)" in sender_browser.get("/admin/send")
    later = (datetime.now(UTC) + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
    there = sender_browser.submit("/admin/send", to=alice.name, title="later", send_at=later.strftime("%Y-%m-%dT%H:%M"), once="1")

    page = sender_browser.get(there)
    assert f'datetime="{later - timedelta(hours=5, minutes=30):%Y-%m-%dT%H:%M:%SZ}"' in page
    assert "Waiting: stored for 0 of 1 recipient" in page
    assert inbox(alice) == []


def test_message_to_a_large_audience_shows_distribution_progress(
    people: People, sender_browser: AdminBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.services.messages.send.CHUNK_SIZE", 1)
    names = [people.account("many") for _ in range(3)]
    there = sender_browser.submit("/admin/send", to=",".join(names), title="many", once="1")

    assert "stored for 0 of 3 recipients" in sender_browser.get(there)


def test_send_again_fills_in_the_sent_message(people: People, sender_browser: AdminBrowser, alice: Person, visit: Visit) -> None:
    fields = {"to": f"user:{alice.name}", "title": "again", "type": "warning", "action1_label": "Go", "action1_url": "/x", "reply": "And?"}
    id = sender_browser.submit("/admin/send", message="a text", once="1", **fields).rpartition("/")[2].partition("?")[0]
    page = sender_browser.get(f"/admin/send?again={id}")

    assert [value for value in fields.values() if f'value="{value}"' not in page] == []
    assert "a text</textarea>" in page
    other = AdminBrowser(visit(), people.account("dave", "sender"))
    assert other.browser.get(f"/admin/send?again={id}").status_code == 404


def test_message_is_stored_under_its_sender(people: People, sender_browser: AdminBrowser, alice: Person) -> None:
    id = sender_browser.submit("/admin/send", to=alice.name, title="mine", once="1").rpartition("/")[2].partition("?")[0]
    with people.elsewhere():
        assert reports.get(id, f"user:{users.by_name(sender_browser.name).id}").audience == [f"user:{alice.name}"]


def test_send_rate_returns_429_and_keeps_the_form(
    people: People, sender_browser: AdminBrowser, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(people.app.config, "SEND_RATE", "1/hour")
    sender_browser.submit("/admin/send", to=alice.name, title="one", once="1")
    answer = sender_browser.post("/admin/send", to=alice.name, title="kept title", once="2")

    assert answer.status_code == 429
    assert 'value="kept title"' in answer.text and "Too many" in answer.text
