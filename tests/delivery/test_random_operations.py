"""The whole delivery promise: after random operations every client agrees with the database."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from notifier import database
from notifier.models import Notification
from notifier.services.preferences import category_admin
from tests.conftest import Serve
from tests.databases import Databases
from tests.delivery.device import Device
from tests.delivery.rows import rows
from tests.people import People
from tests.waiting import eventually

DEVICES = 8
SEED = 20260101
# Database, bus, number of workers (a client's streams and its sends meet any of them), and number of operations: of the second run on
# PostgreSQL only the way differs by which changes are noticed.
SET_UPS = [
    ("sqlite", "auto", 1, 600),
    pytest.param(("postgres", "auto", 2, 600), marks=pytest.mark.postgres),
    pytest.param(("postgres", "off", 2, 320), marks=pytest.mark.postgres),
]

SetUp = tuple[str, str, int, int]


@pytest.fixture(scope="module", params=SET_UPS, ids=lambda set_up: "-".join(map(str, set_up)))
def set_up(request: pytest.FixtureRequest) -> SetUp:
    chosen: SetUp = request.param
    return chosen


@pytest.fixture(scope="module")
def databases(set_up: SetUp, request: pytest.FixtureRequest) -> Databases:
    chosen: Databases = request.getfixturevalue(f"{set_up[0]}_databases")
    return chosen


def due(site: People) -> int:
    """The number of snoozed notifications that come back within two seconds."""
    soon = datetime.now(UTC) + timedelta(seconds=2)
    found = select(func.count()).where(Notification.status == "snoozed", Notification.snoozed_until < soon)
    with site.elsewhere(), database.read() as connection:
        return connection.scalar(found) or 0


def test_after_random_operations_every_client_has_what_the_database_has(serve: Serve, set_up: SetUp) -> None:
    _, bus, workers, operations = set_up
    site = serve("--workers", str(workers), BUS=bus, LOOK_SECONDS=0.1, STREAM_MAX_PER_USER=50)
    people = [site.person(name) for name in ("alice", "bob", "carol", "dave")]
    sender = site.person("dana", "sender")
    group = f"group:{site.group('staff', *people[:2])}"
    audiences: list[str | list[str]] = ["all", group, *(person.address for person in people), [people[1].address, people[2].address, group]]

    def change_category(in_app: str) -> None:
        with site.elsewhere():
            category_admin.change("warnings", {"in_app": in_app})

    with site.elsewhere():
        category_admin.create(category_admin.draft({"slug": "warnings", "label": "Warnings", "types": ["warning"]}))
    devices = [
        Device(people[number % len(people)], sender, audiences, change_category, seed=SEED + number, operations=operations // DEVICES)
        for number in range(DEVICES)
    ]
    for device in devices:
        device.start()
    for device in devices:
        device.join()
    assert [device.failure for device in devices if device.failure] == []

    eventually(lambda: not due(site))
    for device in devices:
        device.inbox.follow(lambda inbox: inbox.agrees())
    for number, device in enumerate(devices):
        truth = rows(site, people[number % len(people)])
        truth.assert_counts()
        assert device.inbox.state() == truth.state()
        assert (device.inbox.unread_count, device.inbox.seq) == (truth.unread, truth.seq)
    # Every operation was tried, and no client needed a `reset` to become correct.
    done = sum((device.done for device in devices), Counter[str]())
    assert done.total() >= operations and min(done.values()) > 0 and len(done) == 16, done
    assert sum(device.inbox.resets for device in devices) == 0
