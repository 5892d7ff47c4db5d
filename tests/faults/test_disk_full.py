"""A full disk under SQLite: sends get 503, reads and streams go on, and no data is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.api_client import Person, problem
from tests.databases import Databases
from tests.servers import Notifier
from tests.site import Site, open_site

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")

SIZE = "3m"
FAILED_SENDS = 200


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    disk = tmp_path_factory.mktemp("disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", disk], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture(scope="module")
def site(databases: Databases, disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with databases.fresh() as url:
        shutil.copy(url.removeprefix("sqlite:///"), disk / "notifier.db")
    settings = {"HEARTBEAT_SECONDS": 0.2}
    with open_site(Notifier(f"sqlite:///{disk / 'notifier.db'}", tmp_path_factory.mktemp("full"), settings=settings)) as site:
        yield site


def fill(disk: Path) -> Path:
    """Fill the disk with one file."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return filler


def test_full_disk_refuses_writes_and_keeps_data(site: Site, disk: Path, alice: Person, dana: Person) -> None:
    inbox = alice.inbox()
    accepted = [dana.send(alice, title="before")["id"]]
    inbox.follow(lambda inbox: len(inbox.rows) == 1)
    filler = fill(disk)
    for number in range(FAILED_SENDS):
        answer = dana.post("/api/notifications", json={"to": alice.address, "title": str(number), "message": "x" * 4000})
        if answer.status_code == 503:
            break
        accepted.append(answer.json()["id"])
    problem(answer, 503, "database")
    not_ready = site.api.get("/readyz")
    assert (not_ready.status_code, not_ready.json()["checks"]["database"]) == (503, "takes no writes: its disk is full")
    assert inbox.stream is not None
    inbox.stream.until("heartbeat")
    assert [item["id"] for item in alice.get("/api/notifications?limit=100").json()] == accepted[::-1]

    filler.unlink()
    assert site.api.get("/readyz").status_code == 200
    accepted.append(dana.send(alice, title="after")["id"])

    inbox.follow(lambda inbox: inbox.agrees())
    assert (list(inbox.rows), inbox.connects, inbox.resets) == (accepted, 1, 0)
    with closing(sqlite3.connect(disk / "notifier.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
