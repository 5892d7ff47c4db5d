"""Browser push by Web Push (RFC 8030, 8291, 8292): one encrypted request for one device."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from notifier.channels import egress
from notifier.channels.ports import Outcome, Outgoing
from notifier.config import Settings

if TYPE_CHECKING:
    from notifier.channels.webpush.requests import Requests

NAME = "push"
_PACKAGES = ("http_ece", "py_vapid")

_log = logging.getLogger("notifier.push")


class PushChannel:
    """A `Channel`. The target is a device's public id, and `device` its address.

    `key`: reads the private key that signs pushes.
    """

    name = NAME
    to_users = True
    rate = None

    def __init__(self, settings: Settings, key: Callable[[], str]) -> None:
        self.waits = timedelta(seconds=settings.PUSH_AFTER_SECONDS)
        self._contact, self._private, self._key = settings.PUSH_CONTACT, settings.ALLOW_PRIVATE_PUSH, key
        self._requests: Requests | None = None

    def load(self) -> None:
        # Their packages are an extra, and only a process that sends pays for loading them.
        import notifier.channels.webpush.requests  # noqa: F401

        egress.load()

    def send(self, outgoing: Outgoing) -> Outcome:
        if self._requests is None:
            from notifier.channels.webpush.requests import Requests

            self._requests = Requests(self._key(), self._contact, private=self._private)
        return self._requests.send(outgoing)

    def close(self) -> None:
        """Each request has a connection of its own."""


def installed() -> bool:
    """Whether the packages of the extra `push` are there."""
    return all(find_spec(name) is not None for name in _PACKAGES)


def configured(settings: Settings, key: Callable[[], str]) -> PushChannel | None:
    """The channel, or None without `PUSH_CONTACT` or without the packages of the extra."""
    if not settings.PUSH_CONTACT:
        return None
    if not installed():
        _log.warning("PUSH_CONTACT needs the packages of an extra: pip install 'notifier-server[push]'. Push stays off")
        return None
    return PushChannel(settings, key)
