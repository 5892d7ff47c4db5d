"""A restored database goes back in history: clients with newer cursors get `reset`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from notifier.extensions import db
from tests.api_client import Person
from tests.conftest import Serve
from tests.databases import Databases
from tests.site import Site


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite, where a copy of the file is a backup; PostgreSQL would need its own tools."""
    return sqlite_databases


@pytest.fixture
def restored(serve: Serve, tmp_path: Path) -> tuple[Site, Person, Person, str]:
    """Back up after three messages, send two more, restore. Includes the cursor after all five."""
    site = serve()
    alice, dana = site.person("alice"), site.person("dana", "sender")
    stream = alice.connected()
    for number in range(5):
        if number == 3:
            _copy(site, tmp_path / "copy", back=False)
        dana.send(alice, title=str(number))
    stream.until(lambda event: event.name == "notification" and event.json["seq"] == 5)
    cursor = stream.last_event_id
    assert cursor
    site.server.kill()
    _copy(site, tmp_path / "copy", back=True)
    return site, alice, dana, cursor


def _copy(site: Site, copy: Path, *, back: bool) -> None:
    file = Path(site.server.database_url.removeprefix("sqlite:///"))
    if back:
        for leftover in file.parent.glob(file.name + "*"):
            leftover.unlink()
        shutil.copy(copy, file)
    else:
        with site.elsewhere():
            pooled = db.engine.raw_connection()
            pooled.cursor().execute("VACUUM INTO ?", (str(copy),))
            pooled.close()


def test_cursor_ahead_of_the_database_gets_reset(restored: tuple[Site, Person, Person, str]) -> None:
    site, alice, _, cursor = restored
    site.server.restart()

    assert alice.stream(last_event_id=cursor).until("reset", 5).json["seq"] == 3


def test_renewed_epoch_invalidates_old_cursors(restored: tuple[Site, Person, Person, str]) -> None:
    """With the old epoch, a history that outgrew the cursor would pass for the old one."""
    site, alice, dana, cursor = restored
    site.server.command("db", "renew-epoch")
    site.server.restart()
    for number in range(4):
        dana.send(alice, title=f"other {number}")

    assert alice.stream(last_event_id=cursor).until("reset", 5).json["seq"] == 7
