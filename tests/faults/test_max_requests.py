"""gunicorn's `max_requests`, for operators who set it: recycling refuses no request."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api_client import Person
from tests.databases import Databases
from tests.servers import Notifier
from tests.site import Site, open_site
from tests.waiting import eventually

MOST = 25
WORKERS = 3
TOO_MANY = 900
UP_AGAIN_WITHIN = 60.0


class TakingTurns(Notifier):
    def environment(self) -> dict[str, str]:
        return super().environment() | {"GUNICORN_CMD_ARGS": f"--max-requests {MOST}"}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with databases.fresh() as url, open_site(TakingTurns(url, tmp_path_factory.mktemp("turns"))) as site:
        yield site


def send(sender: Person, to: Person, number: int) -> str | None:
    """The id, or None if the connection was closed: an exiting worker closes kept-alive ones."""
    body, key = {"to": to.address, "title": str(number)}, {"Idempotency-Key": f"{sender.name} {number}"}
    try:
        answer = sender.post("/api/notifications", json=body, headers=key, timeout=UP_AGAIN_WITHIN)
    except httpx.TransportError:
        return None
    assert answer.status_code == 201, answer.text
    sent: str = answer.json()["id"]
    return sent


def send_until_accepted(sender: Person, to: Person, number: int) -> str:
    return eventually(lambda: send(sender, to, number), within=UP_AGAIN_WITHIN)


def test_recycled_workers_refuse_no_request_and_lose_nothing(site: Site, alice: Person, dana: Person) -> None:
    inbox = alice.inbox()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    workers, accepted = set(site.server.workers()), list[str | None]()
    # gunicorn counts the requests, and checks once a second: a worker that is due goes on until then.
    while len(workers) < WORKERS:
        number = len(accepted)
        accepted.append(send_until_accepted(dana, alice, number))
        workers |= set(site.server.workers())
        assert number < TOO_MANY, site.server.tail()

    assert len(accepted) > MOST
    inbox.follow(lambda inbox: len(inbox.rows) == len(accepted), timeout=UP_AGAIN_WITHIN)
    assert list(inbox.rows) == accepted
    assert inbox.resets == 0
    assert "Traceback" not in site.server.log()
