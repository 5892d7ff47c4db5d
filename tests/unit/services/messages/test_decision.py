"""The decision per person and channel: the table of rules, and what holds for any input."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from notifier.services.messages.decision import Attention, Channel, Decision, Mute, Reason, Rules, decide

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASLEEP = Attention(quiet_from=NOW - HOUR, quiet_until=NOW + 2 * HOUR)
PAUSED = Attention(paused_until=NOW + HOUR)
THREAD = (Mute("thread"),)
CHANNELS: tuple[Channel, ...] = ("in_app", "email", "push")


def decided(
    rules: Rules | None = None,
    *,
    choices: dict[Any, str] | None = None,
    mutes: tuple[Mute, ...] = (),
    attention: Attention | None = None,
    priority: str = "normal",
) -> Decision:
    return decide(rules or Rules(), choices or {}, mutes, attention or Attention(), priority, NOW)


def test_nothing_chosen_is_the_default() -> None:
    assert decided() == Decision("on", "unread", "on")


def test_off_by_choice_and_by_default_have_reasons_of_their_own() -> None:
    assert decided(choices={"in_app": "off"}) == Decision("off", "unread", "on", None, {"in_app": Reason.CHOICE_OFF})
    assert decided(Rules(in_app="off", push="off")).reasons == {"in_app": Reason.DEFAULT_OFF, "push": Reason.DEFAULT_OFF}
    assert decided(Rules(in_app="off"), choices={"in_app": "quiet"}) == Decision("quiet", "unread", "on")


def test_a_mute_turns_every_channel_off_until_its_time() -> None:
    assert decided(mutes=THREAD) == Decision("off", "off", "off", None, dict.fromkeys(CHANNELS, Reason.MUTED_THREAD))
    assert decided(mutes=(Mute("type", NOW),)) == decided()
    assert decided(mutes=(Mute("sender"), Mute("type", NOW + HOUR))).reasons["in_app"] is Reason.MUTED_TYPE


def test_quiet_hours_and_pause_are_quiet_and_hold_the_other_channels_back() -> None:
    assert decided(attention=ASLEEP) == Decision("quiet", "unread", "on", NOW + 2 * HOUR, dict.fromkeys(CHANNELS, Reason.QUIET_HOURS))
    both = Attention(ASLEEP.quiet_from, ASLEEP.quiet_until, PAUSED.paused_until)
    assert decided(attention=both) == Decision("quiet", "unread", "on", NOW + 2 * HOUR, dict.fromkeys(CHANNELS, Reason.PAUSED))


def test_windows_include_their_begin_and_not_their_end() -> None:
    windows = {(-1, 0): "on", (0, 1): "quiet", (1, 2): "on"}
    found = {(begin, end): decided(attention=Attention(NOW + begin * HOUR, NOW + end * HOUR)).in_app for begin, end in windows}
    assert found == windows
    assert decided(attention=Attention(paused_until=NOW)).in_app == "on"


def test_urgent_passes_everything_but_off() -> None:
    for attention in (ASLEEP, PAUSED):
        assert decided(mutes=THREAD, attention=attention, priority="urgent") == decided()
    assert decided(choices={"in_app": "off"}, priority="urgent").in_app == "off"


def test_in_a_locked_category_only_quiet_hours_and_pause_silence() -> None:
    locked = Rules(locked=True, loud_per_hour=1)
    off = dict.fromkeys(CHANNELS, "off")
    assert decided(locked, choices=off, mutes=THREAD, attention=Attention(loud=9)) == decided()
    assert decided(locked, choices=off, mutes=THREAD, attention=ASLEEP).in_app == "quiet"
    assert decided(locked, choices=off, mutes=THREAD, attention=ASLEEP, priority="urgent") == decided()


def test_the_default_of_a_retired_category_decides() -> None:
    assert decided(Rules(retired=True), choices={"in_app": "off"}).in_app == "on"


def test_more_than_the_bound_of_an_hour_is_quiet() -> None:
    rules = Rules(loud_per_hour=2)
    assert [decided(rules, attention=Attention(loud=loud)).in_app for loud in (0, 1, 2)] == ["on", "on", "quiet"]
    assert decided(rules, attention=Attention(loud=2)).reasons == {"in_app": Reason.RATE_LIMITED}
    assert decided(rules, attention=Attention(loud=2), priority="urgent").in_app == "on"


def test_ten_thousand_random_decisions_follow_the_rules() -> None:
    random = Random(20260101)
    wrong = [case for case in (_random_case(random) for _ in range(10_000)) if not _follows_the_rules(*case)]
    assert wrong == []


def _random_case(random: Random) -> tuple[Rules, dict[Any, str], list[Mute], Attention, str]:
    values = {"in_app": ["on", "quiet", "off"], "email": ["off", "at_once", "unread", "hourly", "daily", "weekly"], "push": ["on", "off"]}

    def some_time() -> datetime | None:
        return random.choice([None, NOW + random.randint(-3, 3) * HOUR])

    drawn: dict[str, Any] = {channel: random.choice(some) for channel, some in values.items()}
    rules = Rules(**drawn, locked=random.random() < 0.3, retired=random.random() < 0.1, loud_per_hour=random.choice([None, None, 1, 3]))
    choices: dict[Any, str] = {channel: random.choice(some) for channel, some in values.items() if random.random() < 0.4}
    kinds: list[Any] = ["type", "sender", "thread"]
    mutes = [Mute(kind, some_time()) for kind in kinds if random.random() < 0.3]
    attention = Attention(some_time(), some_time(), some_time(), random.randint(0, 4))
    return rules, choices, mutes, attention, random.choice(["low", "normal", "high", "urgent"])


def _follows_the_rules(rules: Rules, choices: dict[Any, str], mutes: list[Mute], attention: Attention, priority: str) -> bool:
    """Check one decision against the rules, stated apart from the program. Decided twice it is the same."""
    found = decide(rules, choices, mutes, attention, priority, NOW)
    own = {} if rules.locked or rules.retired else choices
    in_app = "on" if rules.locked else own.get("in_app", rules.in_app)
    window = attention.quiet_from is not None and attention.quiet_until is not None and attention.quiet_from <= NOW < attention.quiet_until
    alone = window or (attention.paused_until is not None and attention.paused_until > NOW)
    muted = any(mute.until is None or mute.until > NOW for mute in mutes) and not rules.locked
    urgent = priority == "urgent"
    loud = rules.loud_per_hour is not None and attention.loud >= rules.loud_per_hour and not rules.locked
    if in_app == "off" or (muted and not urgent):
        wanted = "off"
    elif in_app == "quiet" or ((alone or loud) and not urgent):
        wanted = "quiet"
    else:
        wanted = "on"
    silent = wanted == "off" or (wanted == "quiet" and in_app == "on")
    return (
        found == decide(rules, choices, mutes, attention, priority, NOW)
        and found.in_app == wanted
        and ("in_app" in found.reasons) == silent
        and (found.not_before is not None) == (alone and not urgent)
        and (found.not_before is None or found.not_before > NOW)
        and all((channel in found.reasons) or getattr(found, channel) != "off" for channel in CHANNELS)
        and all(isinstance(reason, Reason) for reason in found.reasons.values())
    )
