"""Send: claim deliveries, make one attempt of each, settle it."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import SQLAlchemyError

from notifier.channels.ports import Channel, Outcome, Result
from notifier.errors import TooMany, Unavailable
from notifier.realtime.breaker import Breaker, State
from notifier.services.loading import load_once
from notifier.services.messages.decision import Reason
from notifier.services.outbox import attempts, claims, deliveries, delivery_content
from notifier.services.outbox.claimed import Claimed
from notifier.services.outbox.delivery_content import Content
from notifier.services.outbox.resting import Resting
from notifier.services.rate_limits import rates

FAILURES, REST_SECONDS = 2, 15.0
_RATE_PAUSE_SECONDS = 0.1
_SETTLE_PAUSE_SECONDS = 1.0

_log = logging.getLogger("notifier.outbox")


class Deliveries:
    """The deliveries that one process sends on a channel. A `Queue` of `loops`."""

    def __init__(self, channel: Channel) -> None:
        self.breaker = Breaker(failures=FAILURES, rest_seconds=REST_SECONDS)
        self.resting = Resting[str]()
        self._channel = channel

    @property
    def name(self) -> str:
        return self._channel.name

    def is_due(self) -> bool:
        return claims.is_due(self._channel.name)

    def claim(self, most: int) -> tuple[list[Claimed], bool]:
        """Claim up to `most` deliveries that are due.

        None while the service does not answer, and one at a time where a rate bounds them.
        """
        if not self.breaker.allows(time.monotonic()):
            return [], False
        if self._channel.rate is not None or self.breaker.state is not State.CLOSED:
            most = 1
        _wait_for_rate(self._channel)
        return claims.claim(self._channel.name, most, self.resting.now())

    def send(self, claimed: Claimed) -> None:
        lapses_at = time.monotonic() + claims.CLAIM_LEASE.total_seconds()
        content = delivery_content.read(claimed)
        if content is None:
            return deliveries.skip(claimed, Reason.READ_MEANWHILE)
        outcome = _attempt(self._channel, content)
        _report(self._channel, self.breaker, outcome)
        if outcome.result is Result.LATER and not self._channel.to_users:
            self.resting.add(claimed.target)
        _settle(claimed, outcome, content, lapses_at)


def _attempt(channel: Channel, content: Content) -> Outcome:
    def make() -> Outcome:
        load_once(channel.name, channel.load)
        return channel.send(content.outgoing)

    return attempts.attempt(channel.name, make)


def _report(channel: Channel, breaker: Breaker, outcome: Outcome) -> None:
    before = breaker.state
    if outcome.result is Result.UNREACHABLE:
        breaker.failed(time.monotonic())
    else:
        breaker.succeeded()
    if breaker.state is State.OPEN and before is State.CLOSED:
        _log.warning("%s cannot be sent, all deliveries wait: %s", channel.name, outcome.answer)
    if breaker.state is State.CLOSED and before is not State.CLOSED:
        _log.warning("%s can be sent again", channel.name)


def _settle(claimed: Claimed, outcome: Outcome, content: Content, lapses_at: float) -> None:
    """Settle, however long the database is away: what was sent must not be sent again.

    A note that the database refuses is tried until the claim lapses. Then the delivery waits again, and the sender goes on with others.
    """
    while True:
        try:
            return deliveries.settle(claimed, outcome, content.seq)
        except (Unavailable, SQLAlchemyError) as error:
            if not isinstance(error, Unavailable) and time.monotonic() >= lapses_at:
                raise
            _log.error("delivery %s (%s) cannot be noted yet: %s", claimed.public_id, outcome.result, error)
            time.sleep(_SETTLE_PAUSE_SECONDS)


def _wait_for_rate(channel: Channel) -> None:
    rate = channel.rate
    while rate is not None:
        try:
            return rates().count(rate, channel.name)
        except TooMany:
            time.sleep(_RATE_PAUSE_SECONDS)
