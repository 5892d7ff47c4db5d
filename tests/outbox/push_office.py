"""Users with devices in this process, and a push service in a thread of it."""

from __future__ import annotations

from flask import Flask

from notifier.channels.ports import Subscription
from notifier.services.accounts.users import Account
from notifier.services.push import devices
from tests.outbox.office import Office
from tests.servers import MailServer
from tests.servers.push_service import Browser, PushService

CONTACT = "mailto:ops@example.com"


class PushOffice(Office):
    """Users with devices, and the outbox of push."""

    channel = "push"

    def __init__(self, app: Flask, service: PushService) -> None:
        super().__init__(app, MailServer.__new__(MailServer))
        self.service = service

    def device(self, account: Account, sign_in: int | None = None) -> Browser:
        browser = self.service.browser()
        devices.add(account.id, sign_in, Subscription(**browser.form), "Chromium on Linux")
        return browser
