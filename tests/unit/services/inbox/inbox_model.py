"""A model of an inbox without a database: the rules of messages, notifications and operations, in a few lines each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

ROOM = 4


@dataclass
class SentMessage:
    """A message. `ended`: it was withdrawn or has expired."""

    id: str
    title: str
    key: str | None
    ended: bool = False


@dataclass
class Item:
    """A notification. `previous`: its status before the last change, if that was made by the inbox's user."""

    id: str
    message: SentMessage
    position: int
    seq: int
    status: str = "unread"
    previous: str | None = None

    @property
    def kept(self) -> bool:
        return self.status != "deleted"


Condition = Callable[[Item], bool]


@dataclass
class Inbox:
    """The inbox of one user. Every operation that changes an item raises `seq` by one; others leave it."""

    seq: int = 0
    items: list[Item] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    """The ids of messages that were withdrawn."""
    muted: bool = False
    """Whether messages are archived when they arrive."""

    def deliver(self, message: SentMessage) -> Item:
        self.seq += 1
        item = max((item for item in self.items if self._updatable(item, message)), key=lambda item: item.position, default=None)
        if item is None:
            item = Item(message.id, message, self.seq, self.seq)
            self.items.append(item)
        item.message, item.position, item.seq, item.previous = message, self.seq, self.seq, None
        item.status = "archived" if self.muted else "unread"
        if len(self._kept()) > ROOM:
            self._set([self._kept()[-1]], "deleted")
        return item

    def change(self, matches: Condition, status: str) -> int:
        """An operation of the inbox's user, who can undo it."""
        return self._step([item for item in self._kept() if matches(item) and item.status != status], status, own=True)

    def snooze(self, id: str) -> None:
        """Also one that is snoozed already: then until another time."""
        for item in [item for item in self._kept() if item.id == id]:
            self.seq += 1
            item.previous = item.previous if item.status == "snoozed" else item.status
            item.status, item.seq = "snoozed", self.seq

    def wake(self, item: Item) -> None:
        self.seq += 1
        item.status, item.previous, item.position, item.seq = "unread", None, self.seq, self.seq

    def snoozed(self) -> list[Item]:
        return [item for item in self.items if item.status == "snoozed"]

    def undo(self, seq: int) -> int:
        items = [item for item in self.items if item.seq == seq and item.previous and not item.message.ended]
        items = [item for item in items if item.id not in self.withdrawn]
        if items:
            self.seq += 1
        for item in items:
            item.status, item.previous, item.seq = item.previous or "", None, self.seq
        return len(items)

    def end(self, matches: Condition) -> None:
        """Delete items, not as an operation of the inbox's user."""
        self._step([item for item in self._kept() if matches(item)], "deleted", own=False)

    def trim(self) -> None:
        self._step(self._kept()[ROOM:], "deleted", own=False)

    def withdraw(self, message: SentMessage) -> None:
        if message.id not in self.withdrawn:
            self.withdrawn.add(message.id)
            self.end(lambda item: item.message is message or item.id == message.id)

    def sweep(self) -> int:
        """Remove deleted items, and return the greatest seq among them."""
        swept = max((item.seq for item in self.items if not item.kept), default=0)
        self.items = [item for item in self.items if item.kept]
        return swept

    @property
    def unread(self) -> int:
        return sum(item.status == "unread" for item in self.items)

    def listed(self) -> list[tuple[str, str, str, int]]:
        """(id, status, title, seq), newest first."""
        return [(item.id, item.status, item.message.title, item.seq) for item in self._kept()]

    def shown(self) -> dict[str, tuple[str, str]]:
        """(status, title) by id: the state of a client that is up to date."""
        return {item.id: (item.status, item.message.title) for item in self._kept()}

    def _kept(self) -> list[Item]:
        return sorted((item for item in self.items if item.kept), key=lambda item: -item.position)

    def _updatable(self, item: Item, message: SentMessage) -> bool:
        return (
            item.status in ("unread", "snoozed")
            and message.key is not None
            and item.message.key == message.key
            and not item.message.ended
            and item.id not in self.withdrawn
        )

    def _step(self, items: list[Item], status: str, *, own: bool) -> int:
        if items:
            self.seq += 1
            self._set(items, status, own=own)
        return len(items)

    def _set(self, items: Iterable[Item], status: str, *, own: bool = False) -> None:
        for item in items:
            item.previous = item.status if own else None
            item.status, item.seq = status, self.seq
