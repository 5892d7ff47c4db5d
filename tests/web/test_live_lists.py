"""Random operations on an inbox: an open page that receives partials shows the same lists as a page loaded again."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from notifier.errors import Conflict
from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, undoing
from notifier.services.inbox.filters import Filter
from notifier.services.messages import send as messages
from notifier.services.messages import withdraw
from notifier.services.messages.send import Draft
from notifier.services.streams import snapshot_reader
from notifier.web.events.html import html_events
from tests.people import People
from tests.sse import Parser
from tests.web.conftest import Visit, sign_in
from tests.web.tab import Tab

STEPS = 15
AT_FIRST = 22


class World:
    """An inbox that is changed at random."""

    def __init__(self, account: Account, chance: random.Random) -> None:
        self.account = account
        self.chance = chance
        self.ids = [self._send() for _ in range(AT_FIRST)]
        self.moves: list[Callable[[], object]] = [
            self.send,
            self.send,
            self.update,
            self.change,
            self.change,
            self.undo,
            self.withdraw,
            self.bulk,
        ]

    def step(self) -> None:
        self.chance.choice(self.moves)()

    def send(self) -> None:
        self.ids.append(self._send())

    def update(self) -> None:
        self.ids.append(self._send(collapse_key=self.chance.choice("ab")))

    def change(self) -> None:
        id = self.chance.choice(self.ids)
        inbox.set_status(self.account.id, id, self.chance.choice(list(Status))) if id in self._listed() else None

    def bulk(self) -> None:
        kind = Filter(type=self.chance.choice(["info", "success"]))
        inbox.read_all(self.account.id, kind) if self.chance.random() < 0.7 else inbox.clear(self.account.id, kind)

    def undo(self) -> None:
        found = undoing.undoable(self.account.id)
        with suppress(Conflict):  # its message may have been withdrawn
            undoing.undo(self.account.id, found.seq if found else 1)

    def withdraw(self) -> None:
        withdraw.withdraw(self.chance.choice(self.ids), None)

    def _send(self, **fields: Any) -> str:
        type_ = self.chance.choice(["info", "success"])
        draft = Draft(user_id=self.account.public_id, title=f"t{self.chance.random()}", type=type_, **fields)
        return messages.send(draft, sender=f"user:{self.account.id}").id

    def _listed(self) -> list[str]:
        return [row.public_id for row in inbox.listing(self.account.id, Filter(everything=True), limit=100).items]


@pytest.mark.parametrize(
    ("filters", "way", "seed"),
    [("", way, seed) for way in ("poll", "stream") for seed in (1, 2)]
    + [("?status=unread", "stream", 3), ("?type=success", "poll", 4), ("?status=archived", "stream", 5)],
)
def test_page_updated_by_partials_equals_page_loaded_again(people: People, visit: Visit, filters: str, way: str, seed: int) -> None:
    name = people.account("alice")
    browser = visit()
    sign_in(browser, name)
    with people.elsewhere():
        world = World(users.by_name(name), random.Random(f"{seed}{way}{filters}"))
        page = f"/notifications?limit=100&{filters[1:]}"
        tab = Tab(lambda: lists(browser, filters), live=not filters)
        tab.open(browser.get(page).text)
        for _ in range(STEPS):
            for _ in range(world.chance.choice([1, 1, 3])):
                world.step()
            poll(tab, browser) if way == "poll" else stream(tab, world.account)
            loaded = Tab(tab.reload)
            loaded.open(browser.get(page).text)
            assert tab.shown("n") == loaded.shown("n")
            assert tab.shown("h") == loaded.shown("h")
            assert (tab.cursor, tab.label, tab.title) == (loaded.cursor, loaded.label, loaded.title)
        assert tab.reloads < STEPS or filters, "an unfiltered page rarely needs to reload its lists"


def lists(browser: httpx.Client, filters: str) -> tuple[str, str]:
    answer = browser.get(f"/fragments/inbox?history=1&limit=100&{filters[1:]}")
    return answer.text, answer.headers["last-event-id"]


def poll(tab: Tab, browser: httpx.Client) -> None:
    answer = browser.get("/poll", params={"after": tab.cursor})
    if answer.status_code == 200:
        tab.put(answer.text, answer.headers["last-event-id"])


def stream(tab: Tab, account: Account) -> None:
    """Swap in the stream's events one by one, as the feed sends them."""
    seq = int(tab.cursor.partition("-")[2])
    snapshot = snapshot_reader.snapshot([(account.id, seq)], 1000, listed=True)
    changes = snapshot.pages[account.id].changes
    if not changes:
        return
    parser = Parser()
    parser.feed(html_events().changes(changes, seq, snapshot.pages[account.id], snapshot))
    for event in parser.events:
        assert event.name == "message"
        tab.put(event.data, event.id or "")
