"""Destinations: rooms of other services, which get a message once, by Apprise."""

from __future__ import annotations

from importlib.util import find_spec

from notifier.channels.ports import Outcome, Outgoing, Result
from notifier.config import Settings

NAME = "destination"


class DestinationChannel:
    """A `Channel` that goes to no user.

    The target is a destination's name, and `address` its address.
    """

    name = NAME
    rate = None
    waits = None
    to_users = False

    def __init__(self, settings: Settings) -> None:
        self._private = settings.ALLOW_PRIVATE_TARGETS

    def load(self) -> None:
        # Apprise takes 0.4 s and 40 MiB, which only a process that sends pays.
        from notifier.channels.destination import services

        services.load()

    def send(self, outgoing: Outgoing) -> Outcome:
        if not outgoing.address:
            return Outcome(Result.REFUSED, "the destination was removed")
        from notifier.channels.destination import services

        return services.send(outgoing, private=self._private)

    def close(self) -> None:
        """Each request has a connection of its own."""


def service_of(address: str, *, private: bool) -> str:
    """The name of the service that an address leads to. Raises `guard.NotAllowed`."""
    from notifier.channels.destination import services

    return services.name_of(address, private=private)


def installed() -> bool:
    """Whether the package of the extra `apprise` is there."""
    return find_spec("apprise") is not None


def configured(settings: Settings) -> DestinationChannel | None:
    """The channel, or None without the package of the extra."""
    return DestinationChannel(settings) if installed() else None
