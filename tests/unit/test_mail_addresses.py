"""Addresses of mail servers and of people, by the standards."""

from __future__ import annotations

import pytest

from notifier import mail_addresses
from notifier.mail_addresses import MailServer
from tests.cases import failures

SERVERS = {
    "smtp://us%40er:p%3Aw@mail.example": MailServer("mail.example", 587, "starttls", "us@er", "p:w"),
    "smtps://mail.example": MailServer("mail.example", 465, "smtps"),
    "smtps://user:secret@mail.example:4650": MailServer("mail.example", 4650, "smtps", "user", "secret"),
    "smtp://mail.example:25?tls=off": MailServer("mail.example", 25, "off"),
    "smtp://localhost": MailServer("localhost", 25, "off"),
    "smtp://[::1]:2525": MailServer("::1", 2525, "off"),
}
ADDRESSES = {
    "alice@example.com": "alice@example.com",
    "  alice+news@example.com ": "alice+news@example.com",
    "Ünal@müller.de": "Ünal@xn--mller-kva.de",
    "δοκιμή@παράδειγμα.δοκιμή": "δοκιμή@xn--hxajbheg2az3al.xn--jxalpdlp",
    '"a@b"@example.com': '"a@b"@example.com',
    "root@localhost": "root@localhost",
    "a@[127.0.0.1]": "a@[127.0.0.1]",
    f"{'x' * 64}@example.com": f"{'x' * 64}@example.com",
}
WRONG = (
    "",
    "alice",
    "@example.com",
    "alice@",
    "a@b@example.com",
    "alice@example.com\r\nBcc: mallory@example.com",
    "alice@example.com\n",
    "alice\x00@example.com",
    "a..b@example.com",
    ".a@example.com",
    "a b@example.com",
    "alice@-example.com",
    "alice@exa_mple.com",
    "alice@[nowhere]",
    "Alice <alice@example.com>",
    f"{'x' * 65}@example.com",
    f"x@{'.'.join(['y' * 60] * 5)}",
    "x" * 300,
)


def test_servers_are_read_from_their_addresses() -> None:
    def check(url: str) -> None:
        assert mail_addresses.server(url) == SERVERS[url]

    assert failures(SERVERS, check) == []


def test_password_of_a_server_is_not_shown() -> None:
    assert "secret" not in repr(mail_addresses.server("smtp://user:secret@mail.example"))


def test_addresses_that_the_standards_permit_are_accepted() -> None:
    def check(given: str) -> None:
        assert mail_addresses.ascii_domain(mail_addresses.address(given)) == ADDRESSES[given]

    assert failures(ADDRESSES, check) == []


def test_other_addresses_are_refused() -> None:
    def check(given: str) -> None:
        with pytest.raises(ValueError, match="must be"):
            mail_addresses.address(given)

    assert failures(WRONG, check) == []


def test_long_text_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="must be"):
        mail_addresses.address("a" * 60_000 + "!\x01")


def test_readers_see_a_shortened_address() -> None:
    assert mail_addresses.shortened("alice@example.com") == "a…@example.com"
