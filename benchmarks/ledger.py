"""Expected and received deliveries, counted one by one: a rate with losses would mean nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

# A message carries its number in its text. Nothing else in the streams contains the mark.
_MARK = "~%d~"
EVENT = re.compile(rb"id: [0-9a-f]{8}-(\d+)\nevent: notification\ndata: [^~\n]*~(\d+)~")
"""A notification on the wire: its `seq` and the number of its message."""

_TEXT_LENGTH = 200


def text(number: int) -> str:
    """The text of message `number`, as long as a typical one."""
    return (_MARK % number).ljust(_TEXT_LENGTH, ".")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The numbers of errors.

    `astray`: received by the wrong user; `disordered`: a `seq` that did not rise.
    """

    delivered: int
    lost: int
    duplicated: int
    astray: int
    disordered: int

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.astray or self.disordered)


@dataclass(slots=True)
class Message:
    """A message and its recipients.

    `first_at`, `last_at`: when the first and the latest stream received it.
    """

    people: Sequence[int]
    arrived: list[int]
    first_at: float = 0.0
    last_at: float = 0.0

    @property
    def complete(self) -> bool:
        return len(self.arrived) >= len(self.people)


class Ledger:
    """The messages of a trial. Users are numbered like their streams."""

    def __init__(self) -> None:
        self.disordered = 0
        self._numbers = itertools.count(1)
        self._messages: dict[int, Message] = {}

    def expect(self, people: Sequence[int]) -> tuple[int, Message]:
        """Register a new message for these users. Returns its number and the message."""
        number = next(self._numbers)
        message = self._messages[number] = Message(people, [])
        return number, message

    def note(self, number: int, person: int, at: float) -> None:
        message = self._messages[number]
        if not message.arrived:
            message.first_at = at
        message.last_at = at
        message.arrived.append(person)

    def verdict(self) -> Verdict:
        delivered = lost = astray = distinct = 0
        for message in self._messages.values():
            wanted, got = set(message.people), set(message.arrived)
            delivered += len(message.arrived)
            distinct += len(got)
            lost += len(wanted - got)
            astray += len(got - wanted)
        return Verdict(delivered, lost, delivered - distinct, astray, self.disordered)
