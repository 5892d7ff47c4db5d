"""Mails: headers by the standards, and text of users that stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from notifier.channels.email.letters import Letters
from notifier.channels.ports import Item, Kind, Link, Outgoing
from notifier.database_app import ROOT
from notifier.mail_addresses import Mailbox

ID = "0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"
HERE = "https://notify.example.com"
ITEM = Item("1", "video_complete", "normal", "Video Ready!", "Your video\nis ready.", "Videos", "28 Nov, 14:05", f"{HERE}/notifications")
WATCH = Link("Watch Now", f"{HERE}/go/1/0")
ONE = Outgoing(
    ID,
    Kind.MESSAGE,
    "alice@example.com",
    "alice",
    f"{HERE}/settings/notifications",
    (replace(ITEM, links=(WATCH,)),),
    thread="session-1",
    list_id="videos",
    category="Vidéos & co",
    unsubscribe=f"{HERE}/u/{'x' * 150}",
)


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(Mailbox("Notify", "notifier@example.com"), "notify.example.com", Path(ROOT) / "templates" / "mail")


def read(letters: Letters, outgoing: Outgoing) -> EmailMessage:
    return message_from_bytes(letters.write(outgoing), policy=policy.default)


def body(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(cast(EmailMessage, found).get_content())


def test_headers_are_those_of_automatic_mail_that_can_be_stopped(letters: Letters) -> None:
    mail = read(letters, ONE)

    assert mail["Subject"] == "Video Ready!"
    assert mail["From"] == "Notify <notifier@example.com>"
    assert mail["To"] == "alice <alice@example.com>"
    assert mail["Message-ID"] == f"<{ID}@notify.example.com>"
    assert mail["List-Id"] == "Vidéos & co <videos.notify.example.com>"
    assert mail["List-Unsubscribe"] == f"<{ONE.unsubscribe}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<thread\.[0-9a-f]{24}@notify\.example\.com>", mail["References"])
    assert mail["Date"].datetime is not None
    assert mail.get_content_type() == "multipart/alternative"


def test_every_line_is_ascii_and_short_but_for_addresses(letters: Letters) -> None:
    lines = letters.write(replace(ONE, items=(replace(ITEM, title="Grüße " * 33, text="ß" * 4000),))).split(b"\r\n")

    assert all(line.isascii() for line in lines)
    assert [line[:20] for line in lines if len(line) > 78] == [b"List-Unsubscribe: <h"]


def test_question_is_answered_in_the_inbox(letters: Letters) -> None:
    for asks, wanted in ((True, "Answer in your inbox"), (False, "Show in your inbox")):
        mail = read(letters, replace(ONE, items=(replace(ITEM, asks=asks),)))
        assert wanted in body(mail, "plain") and wanted in body(mail, "html")


def test_locked_category_offers_no_way_to_stop(letters: Letters) -> None:
    mail = read(letters, replace(ONE, unsubscribe=""))

    assert mail["List-Unsubscribe"] is mail["List-Unsubscribe-Post"] is None
    assert "/u/" not in body(mail, "plain") + body(mail, "html")


def test_hostile_title_adds_no_header_and_no_element(letters: Letters) -> None:
    title = 'x\r\nBcc: a@b"><script>alert(1)</script>'
    mail = read(letters, replace(ONE, items=(replace(ITEM, title=title, text='<img src="//evil">'),), user="eve\r\nBcc: a@b"))

    assert mail["Subject"] == 'x Bcc: a@b"><script>alert(1)</script>'
    assert mail["Bcc"] is None
    assert re.findall("<script|<img", body(mail, "html")) == []
    assert "&lt;script&gt;" in body(mail, "html")
    assert '<img src="//evil">' in body(mail, "plain")


def test_addresses_of_other_scripts_need_no_other_headers(letters: Letters) -> None:
    written = letters.write(replace(ONE, target="δοκιμή@müller.de")).decode()

    assert "\r\nTo: alice <δοκιμή@xn--mller-kva.de>\r\nDate: " in written


def test_quoted_address_stays_one_address(letters: Letters) -> None:
    (address,) = read(letters, replace(ONE, target='"a@b, c"@example.com'))["To"].addresses

    assert (address.username, address.domain) == ("a@b, c", "example.com")


def test_both_parts_have_the_links_and_nothing_is_fetched(letters: Letters) -> None:
    mail = read(letters, ONE)

    for kind in ("plain", "html"):
        for address in (WATCH.url, ITEM.url, ONE.settings, ONE.unsubscribe):
            assert address in body(mail, kind)
    assert re.findall(r"\ssrc=|url\(|@import|<link", body(mail, "html")) == []


def test_text_that_repeats_the_title_is_left_out(letters: Letters) -> None:
    mail = read(letters, replace(ONE, items=(replace(ITEM, text="Video Ready!"),)))

    assert body(mail, "plain").count("Video Ready!") == 1


def test_digest_lists_by_category_and_counts_the_rest(letters: Letters) -> None:
    others = (replace(ITEM, title="Disk full", category="Alarms"), ITEM)
    mail = read(letters, replace(ONE, kind=Kind.DIGEST, items=others, more=12, frequency="daily", list_id="", unsubscribe=""))

    assert mail["Subject"] == "14 unread notifications of the day"
    assert "and 12 more" in body(mail, "plain")
    assert body(mail, "plain").index("Alarms") < body(mail, "plain").index("Disk full") < body(mail, "plain").index("Videos")


def test_mails_about_the_channel_itself_say_what_they_are(letters: Letters) -> None:
    confirm = read(letters, Outgoing(ID, Kind.CONFIRM, "alice@example.com", "alice", HERE, confirm=f"{HERE}/confirm/token"))
    test = read(letters, Outgoing(ID, Kind.TEST, "alice@example.com", "", HERE))

    assert confirm["Subject"] == "Confirm your e-mail address"
    assert f"{HERE}/confirm/token" in body(confirm, "plain")
    assert test["Subject"] == "Test mail"
    assert test["To"] == "alice@example.com"
