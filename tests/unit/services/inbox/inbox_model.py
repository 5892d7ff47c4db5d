"""What an inbox is, without a database: the rules of messages, notifications and operations, in a few lines each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

ROOM = 4


@dataclass
class Said:
    """A message. `over`: withdrawn or expired."""

    id: str
    title: str
    key: str | None
    over: bool = False


@dataclass
class Item:
    """A notification. `previous`: the status that its owner's last operation on it took away, if nothing has changed it since."""

    id: str
    said: Said
    place: int
    seq: int
    status: str = "unread"
    previous: str | None = None

    @property
    def kept(self) -> bool:
        return self.status != "deleted"


Which = Callable[[Item], bool]


@dataclass
class Inbox:
    """One person's. Every operation that changes something is one step of `seq`; one that changes nothing is none."""

    seq: int = 0
    items: list[Item] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    """The ids of messages that were withdrawn."""

    def deliver(self, said: Said) -> Item:
        self.seq += 1
        item = max((item for item in self.items if self._updatable(item, said)), key=lambda item: item.place, default=None)
        if item is None:
            item = Item(said.id, said, self.seq, self.seq)
            self.items.append(item)
        item.said, item.place, item.seq, item.previous = said, self.seq, self.seq, None
        if len(self._kept()) > ROOM:
            self._give([self._kept()[-1]], "deleted")
        return item

    def change(self, which: Which, status: str) -> int:
        """By the inbox's owner: it can be undone."""
        return self._step([item for item in self._kept() if which(item) and item.status != status], status, own=True)

    def undo(self, seq: int) -> int:
        items = [item for item in self.items if item.seq == seq and item.previous and not item.said.over]
        items = [item for item in items if item.id not in self.withdrawn]
        if items:
            self.seq += 1
        for item in items:
            item.status, item.previous, item.seq = item.previous or "", None, self.seq
        return len(items)

    def end(self, which: Which) -> None:
        """Not by the inbox's owner."""
        self._step([item for item in self._kept() if which(item)], "deleted", own=False)

    def trim(self) -> None:
        self._step(self._kept()[ROOM:], "deleted", own=False)

    def withdraw(self, said: Said) -> None:
        if said.id not in self.withdrawn:
            self.withdrawn.add(said.id)
            self.end(lambda item: item.said is said or item.id == said.id)

    def sweep(self) -> int:
        """The greatest seq of what is no longer there."""
        swept = max((item.seq for item in self.items if not item.kept), default=0)
        self.items = [item for item in self.items if item.kept]
        return swept

    @property
    def unread(self) -> int:
        return sum(item.status == "unread" for item in self.items)

    def listed(self) -> list[tuple[str, str, str, int]]:
        """(id, status, title, seq), newest first."""
        return [(item.id, item.status, item.said.title, item.seq) for item in self._kept()]

    def shown(self) -> dict[str, tuple[str, str]]:
        """(status, title) by id: what a client knows."""
        return {item.id: (item.status, item.said.title) for item in self._kept()}

    def _kept(self) -> list[Item]:
        return sorted((item for item in self.items if item.kept), key=lambda item: -item.place)

    def _updatable(self, item: Item, said: Said) -> bool:
        return (
            item.status == "unread"
            and said.key is not None
            and item.said.key == said.key
            and not item.said.over
            and item.id not in self.withdrawn
        )

    def _step(self, items: list[Item], status: str, *, own: bool) -> int:
        if items:
            self.seq += 1
            self._give(items, status, own=own)
        return len(items)

    def _give(self, items: Iterable[Item], status: str, *, own: bool = False) -> None:
        for item in items:
            item.previous = item.status if own else None
            item.status, item.seq = status, self.seq
