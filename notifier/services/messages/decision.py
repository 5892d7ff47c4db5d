"""The decision what one message does for one person, on every channel. Pure: no I/O and no clock.

Every channel asks this one function, so that they cannot disagree; the reasons are one closed list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, cast

InApp = Literal["on", "quiet", "off"]
Email = Literal["off", "at_once", "unread", "hourly", "daily", "weekly"]
Push = Literal["off", "on"]
Channel = Literal["in_app", "email", "push"]
Kind = Literal["type", "sender", "thread"]

URGENT = "urgent"


class Reason(StrEnum):
    """Why something did not reach a person at once, on any channel. A closed list."""

    DEFAULT_OFF = "default_off"
    CHOICE_OFF = "choice_off"
    MUTED_TYPE = "muted_type"
    MUTED_SENDER = "muted_sender"
    MUTED_THREAD = "muted_thread"
    QUIET_HOURS = "quiet_hours"
    PAUSED = "paused"
    SNOOZED = "snoozed"
    SEEN_MEANWHILE = "seen_meanwhile"
    READ_MEANWHILE = "read_meanwhile"
    NO_ADDRESS = "no_address"
    UNCONFIRMED = "unconfirmed"
    REFUSED_ADDRESS = "refused_address"
    UNSUBSCRIBED = "unsubscribed"
    NO_DEVICE = "no_device"
    NO_DESTINATION = "no_destination"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    TOO_OLD = "too_old"
    DISABLED = "disabled"
    CHANNEL_OFF = "channel_off"
    IN_DIGEST = "in_digest"
    RATE_LIMITED = "rate_limited"
    GIVEN_UP = "given_up"


_MUTED: Mapping[Kind, Reason] = {"thread": Reason.MUTED_THREAD, "type": Reason.MUTED_TYPE, "sender": Reason.MUTED_SENDER}


@dataclass(frozen=True, slots=True)
class Rules:
    """A category as the decision sees it: its defaults, and what else silences it.

    `locked`: choices and mutes do not count. `retired`: choices do not count. `loud_per_hour`: None for no bound.
    """

    in_app: InApp = "on"
    email: Email = "unread"
    push: Push = "on"
    locked: bool = False
    retired: bool = False
    loud_per_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute that fits the message, until a time, or for ever (None)."""

    kind: Kind
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """When the person wants to be left alone.

    `quiet_from`, `quiet_until`: the current or next window of quiet hours. `paused_until`: the end of a pause.
    `loud`: how many notifications of the category have made a toast or a sound in the last hour.
    """

    quiet_from: datetime | None = None
    quiet_until: datetime | None = None
    paused_until: datetime | None = None
    loud: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """`in_app` `off`: archived on arrival. `not_before`: e-mail and push wait until then.

    `reasons`: by channel, why it is silent, off or waits; a channel without one is as chosen, or as the default is.
    """

    in_app: InApp
    email: Email
    push: Push
    not_before: datetime | None = None
    reasons: Mapping[Channel, Reason] = field(default_factory=dict)


def decide(
    category: Rules, choices: Mapping[Channel, str], mutes: Collection[Mute], attention: Attention, priority: str, now: datetime
) -> Decision:
    """Decide for one person.

    `choices`: those for this category; `mutes`: those that fit the message.
    `urgent` passes quiet hours, pause, mutes and the bound per hour, but not Off. In a locked category Off, Quiet and mutes do not count.
    """
    urgent = priority == URGENT
    own = {} if category.locked or category.retired else choices
    muted = None if urgent or category.locked else _muted(mutes, now)
    silence, until = (None, None) if urgent else _silence(attention, now)
    reasons: dict[Channel, Reason] = {}

    def chosen(channel: Channel, default: str) -> str:
        value = own.get(channel, default)
        if value == "off":
            reasons[channel] = Reason.CHOICE_OFF if channel in own else Reason.DEFAULT_OFF
        elif muted:
            reasons[channel] = muted
            return "off"
        elif silence and value != "quiet":
            reasons[channel] = silence
        return value

    in_app = chosen("in_app", "on" if category.locked else category.in_app)
    if in_app == "on" and silence is None and not urgent and _too_loud(category, attention):
        reasons["in_app"] = Reason.RATE_LIMITED
    if in_app == "on" and "in_app" in reasons:
        in_app = "quiet"
    return Decision(
        cast(InApp, in_app), cast(Email, chosen("email", category.email)), cast(Push, chosen("push", category.push)), until, reasons
    )


def _muted(mutes: Collection[Mute], now: datetime) -> Reason | None:
    kinds = {mute.kind for mute in mutes if mute.until is None or mute.until > now}
    return next((reason for kind, reason in _MUTED.items() if kind in kinds), None)


def _silence(attention: Attention, now: datetime) -> tuple[Reason | None, datetime | None]:
    """Why the person is left alone at `now`, and until when."""
    ends: dict[Reason, datetime] = {}
    if attention.paused_until is not None and now < attention.paused_until:
        ends[Reason.PAUSED] = attention.paused_until
    if attention.quiet_from is not None and attention.quiet_until is not None and attention.quiet_from <= now < attention.quiet_until:
        ends[Reason.QUIET_HOURS] = attention.quiet_until
    return (next(iter(ends)), max(ends.values())) if ends else (None, None)


def _too_loud(category: Rules, attention: Attention) -> bool:
    return not category.locked and category.loud_per_hour is not None and attention.loud >= category.loud_per_hour
