"""Send: claim a delivery, make one attempt, settle it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

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


def breaker() -> Breaker:
    """The breaker of one channel in one process: shared by its senders."""
    return Breaker(failures=FAILURES, rest_seconds=REST_SECONDS)


def send_next(channel: Channel, breaker: Breaker, resting: Resting[str], on_more: Callable[[], None] = lambda: None) -> bool:
    """Send one delivery that is due.

    False when no other one is due, or when the service does not answer.
    `on_more`: called before the delivery is sent if others may be due.
    """
    if not breaker.allows(time.monotonic()):
        return False
    _wait_for_rate(channel)
    lapses_at = time.monotonic() + claims.CLAIM_LEASE.total_seconds()
    claimed, more = claims.claim(channel.name, resting.now())
    if claimed is None:
        return more
    if more:
        on_more()
    content = delivery_content.read(claimed)
    if content is None:
        deliveries.skip(claimed, Reason.READ_MEANWHILE)
        return more
    outcome = _attempt(channel, content)
    _report(channel, breaker, outcome)
    if outcome.result is Result.LATER and not channel.to_users:
        resting.add(claimed.target)
    _settle(claimed, outcome, content, lapses_at)
    return more and outcome.result is not Result.UNREACHABLE


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
