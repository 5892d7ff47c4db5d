"""Verdict: compare what was acknowledged, what the database holds and what each client has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.chaos.client import Client
from tests.chaos.ledger import Ledger
from tests.chaos.sender import Sender
from tests.chaos.stack import Stack
from tests.delivery.rows import Rows, rows

_AGREES_WITHIN = 30.0


def judge(stack: Stack, clients: Sequence[Client], senders: Sequence[Sender], ledger: Ledger) -> list[str]:
    """Describe every broken promise.

    Call it when no process writes any more, and the clients' threads have ended.
    """
    threads: list[Client | Sender] = [*clients, *senders]
    broken = [f"{thread.name}: {thread.failure!r}" for thread in threads if thread.failure is not None]
    if broken:
        return broken
    truths: dict[str, Rows] = {}
    for client in clients:
        truth = truths.setdefault(client.person.id, rows(stack.people, client.person))
        broken += [f"{client.name}: {sentence}" for sentence in _broken_to(client, truth)]
        broken += [
            f"{client.name}: never saw {accepted.id}" for accepted in ledger.due(client.person.id) if accepted.id not in client.inbox.seen
        ]
    for person, truth in truths.items():
        accepted = Counter(accepted.id for accepted in ledger.due(person))
        held = Counter(row.public_id for row in truth.notifications)
        broken += [f"{person}: accepted and not held {sorted(accepted - held)}"] if accepted - held else []
        broken += [f"{person}: held and not accepted {sorted(held - accepted)}"] if held - accepted else []
        titles = Counter(row.title for row in truth.notifications)
        broken += [f"{person}: {count} times {title!r}" for title, count in titles.items() if count > 1]
    return broken


def _broken_to(client: Client, truth: Rows) -> list[str]:
    inbox, broken = client.inbox, []
    try:
        inbox.follow(lambda inbox: inbox.agrees(), timeout=_AGREES_WITHIN)
        truth.assert_counts()
    except (AssertionError, TimeoutError) as error:
        broken.append(f"{type(error).__name__}: {error}")
    if inbox.state() != truth.state():
        wrong = {id for id, _ in inbox.state().items() ^ truth.state().items()}
        broken.append(f"{len(wrong)} notifications differ from the database's, among them {sorted(wrong)[:3]}")
    if (inbox.unread_count, inbox.seq) != (truth.unread, truth.seq):
        broken.append(f"{inbox.unread_count} unread at {inbox.seq}, the database has {truth.unread} at {truth.seq}")
    if inbox.resets:
        broken.append(f"{inbox.resets} resets, although nothing was lost")
    return broken
