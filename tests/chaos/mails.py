"""Mail during a trial: some users are sent every notification at once, and none of these mails may be lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select, update

from notifier import database
from notifier.models import Address, Category, Delivery, Notification, Step
from notifier.models.delivery import State
from notifier.models.notification import Status
from notifier.services.accounts import addresses, users
from tests.api_client import Person
from tests.chaos.stack import Stack
from tests.servers import MailServer
from tests.waiting import eventually

MAILED = 2
"""Users with an address: a mail takes several milliseconds of a core, and trials send hundreds a second to all users."""
# The claim of a process that was killed lapses after 90 s.
_SENT_WITHIN = 180.0


def turn_on(stack: Stack, people: Sequence[Person]) -> None:
    """Send everything at once to the first of `people`."""
    if stack.outside is None:
        return
    with stack.people.elsewhere():
        with database.write() as transaction:
            transaction.execute(update(Category).values(email="at_once"))
        for person in people[:MAILED]:
            addresses.set_confirmed(users.by_name(person.name).id, person.name, f"{person.id}@example.com")


def judge(stack: Stack) -> list[str]:
    """Wait until all mails are sent. Describe each that is lost, and each repeat under another id."""
    if stack.outside is None:
        return []
    with stack.people.elsewhere():
        try:
            eventually(lambda: not _open(), within=_SENT_WITHIN, why=lambda: f"still to be sent: {_open()}")
        except AssertionError as error:
            return [f"mail: {error}"]
        return _lost(stack.outside.mail)


def _open() -> int:
    """How many steps and deliveries are still to be done."""
    with database.read() as connection:
        steps = connection.scalar(select(func.count()).select_from(Step).where(Step.later.is_(False), Step.done_at.is_(None)))
        unsettled = Delivery.state.in_((State.WAITING, State.SENDING))
        return (steps or 0) + (connection.scalar(select(func.count()).select_from(Delivery).where(unsettled)) or 0)


def _never_planned() -> int:
    """How many notifications of users with an address have no delivery, although nobody has touched them."""
    untouched = (Notification.status == Status.UNREAD) & (Notification.seq == Notification.body_seq)
    own = (Delivery.user_id == Notification.user_id) & (Delivery.message_id == Notification.message_id)
    planned = select(Delivery.id).where(own).exists()
    mailed = Notification.user_id.in_(select(Address.user_id))
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(Notification).where(mailed, untouched, ~planned)) or 0


def _lost(server: MailServer) -> list[str]:
    with database.read() as connection:
        rows = connection.execute(select(Delivery.public_id, Delivery.state, Delivery.answer).where(Delivery.channel == "email")).all()
    taken = Counter(mail.id.strip("<>").partition("@")[0] for mail in server.mails())
    sent = {row.public_id for row in rows if row.state == State.SENT}
    broken = [f"mail: {len(sent - taken.keys())} are noted as sent and did not arrive"] if sent - taken.keys() else []
    unknown = taken.keys() - {row.public_id for row in rows}
    broken += [f"mail: {len(unknown)} arrived under unknown ids"] if unknown else []
    broken += [f"mail: {never} notifications were never planned"] if (never := _never_planned()) else []
    broken += [f"mail: given up after {row.answer!r}" for row in rows if row.state == State.GIVEN_UP]
    print(f"mails: {len(sent)} sent, {sum(count > 1 for count in taken.values())} repeated under the same Message-ID")
    return broken
