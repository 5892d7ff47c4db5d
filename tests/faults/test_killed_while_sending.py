"""kill -9 for the worker that is accepting a message, before and after its commit."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api_client import Person
from tests.databases import Databases
from tests.delivery.on_both import named, open_on_both
from tests.delivery.rows import rows
from tests.faults.sabotage import Sabotaged
from tests.site import Site, open_site
from tests.sse import Fleet
from tests.waiting import eventually

pytestmark = pytest.mark.postgres

STREAMS = 200
LOOK = 1.0
WITHIN = 2 * LOOK
UP_AGAIN_WITHIN = 60.0
MOMENTS = ["before-the-commit", "before-the-hint", "before-the-answer"]


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    """PostgreSQL: two workers, so one is left after the kill."""
    return postgres_databases


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with databases.fresh() as url:
        settings = {"STREAM_MAX_PER_USER": STREAMS, "LOOK_SECONDS": LOOK, "HEARTBEAT_SECONDS": 0.2}
        server = Sabotaged(url, tmp_path_factory.mktemp("sabotaged"), workers=2, settings=settings)
        with open_site(server) as site:
            yield site


@pytest.fixture(autouse=True)
def _all_workers(site: Site) -> None:
    eventually(lambda: len(site.server.workers()) == 2, within=UP_AGAIN_WITHIN)


def send(sender: Person, to: Person, moment: str) -> httpx.Response:
    return sender.post("/api/notifications", json={"to": to.address, "title": moment}, headers={"Idempotency-Key": moment})


def send_until_answered(sender: Person, to: Person, moment: str) -> httpx.Response:
    def answer() -> httpx.Response | None:
        try:
            answer = send(sender, to, moment)
        except httpx.TransportError:
            return None
        return None if answer.status_code in (409, 503) else answer

    return eventually(answer, within=UP_AGAIN_WITHIN)


@pytest.mark.parametrize("moment", MOMENTS)
def test_repeating_an_unanswered_send_sends_once(site: Site, alice: Person, dana: Person, moment: str) -> None:
    key = f"{moment} of {dana.name}"
    with pytest.raises(httpx.TransportError):
        send(dana, alice, key)
    assert len(rows(site, alice).notifications) == (moment != "before-the-commit")

    answer = send_until_answered(dana, alice, key)

    assert (answer.status_code, answer.json()["seq"]) == (201, 1)
    assert [row.public_id for row in rows(site, alice).notifications] == [answer.json()["id"]]


def test_commit_without_hint_reaches_other_workers_by_polling(site: Site, alice: Person, dana: Person) -> None:
    with Fleet() as fleet:
        open_on_both(fleet, alice, STREAMS)
        with pytest.raises(httpx.TransportError):
            send(dana, alice, f"before-the-hint of {dana.name}")
        fleet.wait(lambda stream: stream.closed or bool(named(stream, "notification")), timeout=WITHIN)
        left = [stream for stream in fleet.streams if not stream.closed]
        assert 0 < len(left) < len(fleet.streams)
        assert all(named(stream, "notification") for stream in left)
