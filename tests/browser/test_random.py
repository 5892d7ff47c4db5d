"""Random sequences of events on open pages: at the end they show the database's state."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.api_client import Person
from tests.browser.reader import Reader, Tab

_RUNS = 10
_STEPS = 8


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    """So few changes can be replayed that some runs end in a `reset`."""
    return {"HEARTBEAT_SECONDS": 1, "REPLAY_LIMIT": 5}


@pytest.mark.parametrize("seed", range(_RUNS // 5))
def test_random_page_lives_end_in_the_database_state(reader: Reader, alice: Person, dana: Person, seed: int) -> None:
    chance = random.Random(seed)
    tabs = [reader.open(), reader.open("/notifications?status=unread")]
    for life in range(5):
        steps = [chance.choice(_WHAT_HAPPENS) for _ in range(_STEPS)]
        for step in steps:
            step(chance, chance.choice(tabs), alice, dana)
        reader.context.set_offline(False)
        story = f"seed {seed}, life {life}: {', '.join(step.__name__ for step in steps)}"
        for tab in tabs:
            tab.wait_for("live")
            tab.assert_true(story)


Step = Callable[[random.Random, Tab, Person, Person], None]


def send(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    for number in range(chance.randint(1, 7)):
        dana.send(alice, title=f"No. {number}", type=chance.choice(["info", "success", "error"]))


def update(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    dana.send(alice, title="Again", collapse_key=chance.choice("ab"))


def change_one(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    kept = alice.get("/api/notifications?status=all").json()
    if kept:
        id_ = chance.choice(kept)["id"]
        alice.patch(f"/api/notifications/{id_}", json={"status": chance.choice(["read", "unread", "archived"])})


def delete_one(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    kept = alice.get("/api/notifications").json()
    if kept:
        alice.delete(f"/api/notifications/{chance.choice(kept)['id']}")


def read_all(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    alice.post("/api/notifications/read-all")


def clear_and_undo(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    done = alice.delete("/api/notifications").json()
    if done["changed"] and chance.random() < 0.6:
        alice.post("/api/notifications/undo", json={"seq": done["seq"]})


def go_offline(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    tab.reader.context.set_offline(True)


def come_online(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    tab.reader.context.set_offline(False)


def restart(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    tab.page.evaluate("dispatchEvent(new Event('online'))")


def reload(chance: random.Random, tab: Tab, alice: Person, dana: Person) -> None:
    tab.reader.context.set_offline(False)
    tab.page.reload()


_WHAT_HAPPENS: list[Step] = [send, send, send, update, change_one, change_one, delete_one, read_all]
_WHAT_HAPPENS += [clear_and_undo, go_offline, come_online, restart, reload]
