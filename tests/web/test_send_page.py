"""The form that sends: all that the API can, said field by field; what was filled in is kept; and sent twice it is sent once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from notifier.services.accounts import preferences, users
from notifier.services.accounts.preferences import Preferences
from notifier.services.messages import reports
from tests.api_client import Person
from tests.people import People
from tests.web.conftest import Visit
from tests.web.desk import Desk, wrongs

NAUGHTY = '"><script>alert(1)</script>'


@pytest.fixture
def desk(people: People, visit: Visit) -> Desk:
    """A sender's."""
    return Desk(visit(), people.account("erin", "sender"))


def inbox(person: Person) -> list[dict[str, object]]:
    found: list[dict[str, object]] = person.get("/api/notifications").json()
    return found


def test_what_is_filled_in_arrives(desk: Desk, alice: Person, bob: Person, staff: str) -> None:
    there = desk.done(
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
    assert "The message was sent." in desk.get(there)


def test_ticked_groups_and_roles_are_sent_to_as_well(desk: Desk, alice: Person, bob: Person, carol: Person, staff: str) -> None:
    desk.done("/admin/send", to=carol.name, pick=[f"group:{staff}"], title="ticked", once="1")

    assert [len(inbox(person)) for person in (alice, bob, carol)] == [1, 1, 1]


def test_the_same_form_sent_twice_is_one_message_and_leads_to_it(desk: Desk, alice: Person) -> None:
    first = desk.done("/admin/send", to=alice.name, title="once", once="1")
    second = desk.done("/admin/send", to=alice.name, title="once", once="1")

    assert (first, len(inbox(alice))) == (second, 1)


def test_a_form_that_was_sent_and_then_changed_becomes_a_new_one(desk: Desk, alice: Person) -> None:
    desk.done("/admin/send", to=alice.name, title="one", once="1")
    answer = desk.post("/admin/send", to=alice.name, title="two", once="1")
    assert answer.status_code == 422 and "already sent" in answer.text
    fresh = re.search(r'name="once" value="([^"]+)"', answer.text)

    assert fresh and fresh[1] != "1"
    desk.done("/admin/send", to=alice.name, title="two", once=fresh[1])
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
        ("reply", "a question too many"),
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
def test_what_is_wrong_is_said_at_its_field_and_all_else_is_kept(desk: Desk, alice: Person, field: str, value: str) -> None:
    actions = {f"action{n}_{part}": {"label": f"label {n}", "url": f"/{n}"}[part] for n in (1, 2, 3) for part in ("label", "url")}
    fields = {"to": alice.name, "title": "kept title", "message": "kept\nmessage", "once": "1"} | actions | {field: value}
    answer = desk.post("/admin/send", **fields)

    assert answer.status_code == 422
    assert list(wrongs(answer)) == [field]
    assert 'aria-invalid="true"' in answer.text
    for name, kept in fields.items():
        assert name in (field, "message", "once") or f'value="{kept}"' in answer.text, name
    assert ">\nkept\nmessage</textarea>" in answer.text or field == "message"
    assert inbox(alice) == []


def test_a_message_without_any_words_is_none(desk: Desk, alice: Person) -> None:
    assert wrongs(desk.post("/admin/send", to=alice.name, once="1")) == {"title": "give a `title` or a `message`"}


def test_check_says_whom_it_reaches_and_sends_nothing(desk: Desk, alice: Person, bob: Person, staff: str) -> None:
    text = desk.post("/admin/send", to=f"group:{staff}, nobody-at-all", title="checked", check="yes", once="1").text

    assert "Reaches 2 people" in text and "there is no user" in text and 'value="checked"' in text
    assert "Reaches 1 person<" in desk.post("/admin/send", to=alice.name, check="yes", once="1").text
    assert inbox(alice) == inbox(bob) == []


def test_the_preview_draws_what_recipients_will_see_and_nothing_runs(desk: Desk, alice: Person) -> None:
    text = desk.post("/admin/send/preview", to=alice.name, title=NAUGHTY, action1_label=NAUGHTY, action1_url="x", type="error").text

    assert "Reaches 1 person" in text
    assert text.count("&lt;script&gt;") >= 3 and "<script" not in text
    assert 'data-kind="error"' in text and "shown until dismissed" in text
    assert "No toast" in desk.post("/admin/send/preview", to="", title="x").text


def test_words_are_suggested_after_those_that_stand_there(desk: Desk, staff: str, alice: Person) -> None:
    assert f'<option value="{alice.name}, group:{staff}">' in desk.get(f"/admin/send/suggestions?to={alice.name}, group:{staff[:8]}")


def test_times_are_those_of_the_sender_s_clock(people: People, desk: Desk, alice: Person) -> None:
    with people.elsewhere():
        preferences.keep(users.by_name(desk.name).id, Preferences(time_zone="Asia/Kolkata"))
    assert "Send at (Asia/Kolkata)" in desk.get("/admin/send")
    later = (datetime.now(UTC) + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
    there = desk.done("/admin/send", to=alice.name, title="later", send_at=later.strftime("%Y-%m-%dT%H:%M"), once="1")

    page = desk.get(there)
    assert f'datetime="{later - timedelta(hours=5, minutes=30):%Y-%m-%dT%H:%M:%SZ}"' in page
    assert "Waiting: stored for 0 of 1 recipient" in page
    assert inbox(alice) == []


def test_a_large_audience_is_answered_at_once_and_shown_on_its_way(people: People, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.services.messages.send.AT_ONCE", 1)
    names = [people.account("many") for _ in range(3)]
    there = desk.done("/admin/send", to=",".join(names), title="many", once="1")

    assert "stored for 0 of 3 recipients" in desk.get(there)


def test_send_again_fills_the_form_with_what_was_sent(people: People, desk: Desk, alice: Person, visit: Visit) -> None:
    fields = {"to": f"user:{alice.name}", "title": "again", "type": "warning", "action1_label": "Go", "action1_url": "/x", "reply": "And?"}
    id = desk.done("/admin/send", message="words", once="1", **fields).rpartition("/")[2].partition("?")[0]
    page = desk.get(f"/admin/send?again={id}")

    assert [value for value in fields.values() if f'value="{value}"' not in page] == []
    assert "words</textarea>" in page
    other = Desk(visit(), people.account("dave", "sender"))
    assert other.browser.get(f"/admin/send?again={id}").status_code == 404


def test_the_message_is_kept_as_the_sender_s(people: People, desk: Desk, alice: Person) -> None:
    id = desk.done("/admin/send", to=alice.name, title="mine", once="1").rpartition("/")[2].partition("?")[0]
    with people.elsewhere():
        assert reports.get(id, f"user:{users.by_name(desk.name).id}").audience == [f"user:{alice.name}"]


def test_too_many_are_refused_and_the_form_kept(people: People, desk: Desk, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(people.app.config, "SEND_RATE", "1/hour")
    desk.done("/admin/send", to=alice.name, title="one", once="1")
    answer = desk.post("/admin/send", to=alice.name, title="kept title", once="2")

    assert answer.status_code == 429
    assert 'value="kept title"' in answer.text and "Too many" in answer.text
