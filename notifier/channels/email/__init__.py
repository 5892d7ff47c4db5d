"""E-mail by SMTP: one mail for one delivery."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from notifier import mail_addresses
from notifier.channels.email.letters import Letters
from notifier.channels.email.smtp import Connections
from notifier.channels.ports import Outcome, Outgoing
from notifier.config import Settings
from notifier.mail_addresses import Mailbox, MailServer

NAME = "email"


class EmailChannel:
    """A `Channel`. The target is an address."""

    name = NAME
    to_users = True
    rate = "MAIL_RATE"
    waits = None

    def __init__(self, server: MailServer, sender: Mailbox, host: str, templates: Path) -> None:
        self._connections = Connections(server, host)
        self._letters = Letters(sender, host, templates)
        self._sender = mail_addresses.ascii_domain(sender.address)

    def load(self) -> None:
        self._connections.load()

    def send(self, outgoing: Outgoing) -> Outcome:
        return self._connections.send(self._sender, mail_addresses.ascii_domain(outgoing.target), self._letters.write(outgoing))

    def close(self) -> None:
        self._connections.close()


def configured(settings: Settings, templates: Path) -> EmailChannel | None:
    """The channel, or None without `MAIL_URL`. `templates`: the directory of the mails' templates."""
    if not settings.MAIL_URL:
        return None
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return EmailChannel(mail_addresses.server(settings.MAIL_URL), _sender(settings.MAIL_FROM, settings.SITE_NAME, host), host, templates)


def _sender(given: str, name: str, host: str) -> Mailbox:
    if given:
        return mail_addresses.mailbox(given)
    for domain in (host, f"[{host}]", f"[IPv6:{host}]"):
        try:
            return Mailbox(name, mail_addresses.address(f"notifier@{domain}"))
        except ValueError:
            continue
    return Mailbox(name, "notifier@localhost")
