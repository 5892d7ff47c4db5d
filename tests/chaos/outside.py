"""What is outside of a stack during a trial: a mail server, a push service, and a receiver of webhooks and of a destination.

None of what is accepted may be lost on its way there, whatever processes are killed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from notifier import database
from notifier.channels.ports import Subscription
from notifier.models import Delivery, Step, WebhookCall
from notifier.models.delivery import State
from notifier.services.accounts import users
from notifier.services.destinations import destinations
from notifier.services.push import devices
from notifier.services.webhooks import webhooks
from tests.api_client import Person
from tests.chaos.ledger import Ledger
from tests.chaos.mails import MAILED
from tests.chaos.stack import Stack
from tests.chaos.stubs import Stubs, low_priority
from tests.outbox.receiver import Call
from tests.servers import MailServer
from tests.servers.notifier import ROOT
from tests.servers.process import Process
from tests.waiting import eventually

DESTINATION = "destination:ops"
_EVENT = "message.sent"
# The claim of a process that was killed lapses after 90 s.
_SENT_WITHIN = 180.0
# A process looks once a second whether there are webhooks, and a new one gets what happens after that.
_WEBHOOK_KNOWN_WITHIN = 3.0


@dataclass(slots=True)
class Outside:
    """`stubs`: the push service and the receiver. `apart`: the servers send nothing, see `sending_apart`.

    `reported_from`: from when on messages are reported, on the monotonic clock.
    """

    mail: MailServer
    stubs: Stubs
    apart: bool
    reported_from: float = 0.0

    @property
    def settings(self) -> dict[str, object]:
        push = {"PUSH_CONTACT": "mailto:ops@example.com", "PUSH_AFTER_SECONDS": 1, "ALLOW_PRIVATE_PUSH": True}
        mail = {"MAIL_URL": self.mail.url, "PUBLIC_URL": "https://notify.example.com", "MAIL_RATE": "off"}
        return push | mail | {"ALLOW_PRIVATE_TARGETS": True, "OUTBOX_SENDERS": 0 if self.apart else 4}


@contextmanager
def opened(*, apart: bool) -> Iterator[Outside]:
    with ExitStack() as stack:
        mail = stack.enter_context(MailServer())
        low_priority(mail)
        yield Outside(mail, stack.enter_context(Stubs(MAILED)), apart)


@contextmanager
def sending_apart(stack: Stack) -> Iterator[None]:
    """Have a process of its own send, which no fault concerns. Does nothing unless the outside is `apart`."""
    if stack.outside is None or not stack.outside.apart:
        yield
        return
    environment = stack.instances[0].environment()
    with tempfile.TemporaryDirectory(prefix="notifier-outbox-") as home:
        command = [sys.executable, "-m", "notifier", "outbox", "run"]
        running = Process(command, log=Path(home) / "outbox.log", cwd=ROOT, env=environment)
        try:
            yield
        finally:
            running.kill()


def turn_on(stack: Stack, people: Sequence[Person]) -> None:
    """Give the first of `people` a device each; create a webhook for all messages, and a destination."""
    outside = stack.outside
    if outside is None:
        return
    with stack.people.elsewhere():
        for person, subscription in zip(people, outside.stubs.subscriptions, strict=False):
            devices.add(users.by_name(person.name).id, None, Subscription(**subscription), "Chromium on Linux")
        webhooks.create("all", outside.stubs.hooks, [_EVENT])
        outside.reported_from = time.monotonic() + _WEBHOOK_KNOWN_WITHIN
        destinations.create("ops", f"{outside.stubs.hooks.replace('http:', 'json:')}/ops")


def judge(stack: Stack, ledger: Ledger) -> list[str]:
    """Wait until all is sent. Describe what is lost on each channel."""
    outside = stack.outside
    if outside is None:
        return []
    with stack.people.elsewhere():
        try:
            eventually(lambda: not _open(), within=_SENT_WITHIN, why=lambda: f"still to be sent: {_open()}")
        except AssertionError as error:
            return [f"channels: {error}"]
        taken = outside.stubs.calls()
        calls = [call for call in taken if "webhook-id" in call.headers]
        posts = len(taken) - len(calls)
        expected = {one.id for one in ledger.accepted() if one.at > outside.reported_from}
        return [*_pushes(outside.stubs.pushes()), *_posts(posts), *_webhooks(calls, expected)]


def _open() -> int:
    """How many pushes, calls and deliveries are still to be done."""
    unsettled = Delivery.state.in_((State.WAITING, State.SENDING))
    counts = (
        select(func.count()).select_from(Step).where(Step.channel == "push", Step.done_at.is_(None)),
        select(func.count()).select_from(Delivery).where(unsettled),
        select(func.count()).select_from(WebhookCall).where(WebhookCall.state == "waiting"),
    )
    with database.read() as connection:
        return sum(connection.scalar(count) or 0 for count in counts)


def _pushes(arrived: int) -> Iterator[str]:
    states = _states("push")
    print(f"pushes: {states[State.SENT]} sent, {arrived} arrived")
    if arrived < states[State.SENT]:
        yield f"push: {states[State.SENT] - arrived} are noted as sent and did not arrive"
    if states[State.GIVEN_UP]:
        yield f"push: {states[State.GIVEN_UP]} given up"


def _posts(arrived: int) -> Iterator[str]:
    states = _states("destination")
    print(f"destination: {states[State.SENT]} sent, {arrived} arrived")
    if arrived < states[State.SENT] or states.keys() - {State.SENT}:
        yield f"destination: {dict(states)}, and {arrived} arrived"


def _webhooks(calls: Sequence[Call], accepted: set[str]) -> Iterator[str]:
    ids, messages = {call.id for call in calls}, Counter(call.data["id"] for call in calls)
    print(f"webhook: {len(messages)} messages reported, {len(calls) - len(ids)} repeated under the same id")
    if lost := accepted - messages.keys():
        yield f"webhook: {len(lost)} accepted messages were not reported"
    if len(ids) != len(messages):
        yield f"webhook: {len(ids)} ids for {len(messages)} messages"


def _states(channel: str) -> Counter[str]:
    with database.read() as connection:
        found = select(Delivery.state, func.count()).where(Delivery.channel == channel).group_by(Delivery.state)
        return Counter({row[0]: row[1] for row in connection.execute(found)})
