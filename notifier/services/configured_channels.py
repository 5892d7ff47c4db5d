"""The channels that are configured, for the services that plan and send deliveries."""

from __future__ import annotations

from collections.abc import Mapping

from notifier import current
from notifier.channels.ports import Channel

CHANNELS = "notifier.channels"


def by_name() -> Mapping[str, Channel]:
    """The channels of the current application, by name.

    Empty as a rule: then nothing is planned or sent.
    """
    found: Mapping[str, Channel] = current.app().extensions[CHANNELS]
    return found
