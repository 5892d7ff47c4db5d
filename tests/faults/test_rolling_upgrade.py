"""Two versions side by side on one database: the upgrade and the way back, under a flow of sends with streams open.

The newer version is this program with one more migration, which adds a column and a table.
"""

from __future__ import annotations

import itertools
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from notifier.services.maintenance.schema import MIGRATIONS
from tests.api_client import Person
from tests.databases import Databases
from tests.servers import Notifier
from tests.servers.notifier import ROOT
from tests.site import Site, open_site
from tests.sse import Inbox
from tests.waiting import eventually

_LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.add_column("messages", sa.Column("later", sa.String(10), nullable=False, server_default="new"))
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
"""


class Versioned(Notifier):
    """A server that is restarted as this version or as the next one, on the same port."""

    def install(self, *, newer: bool) -> None:
        """Exchange the program. It must not run."""
        self.forked = not newer
        package = self.home / "notifier"
        package.unlink() if package.is_symlink() else shutil.rmtree(package)
        if not newer:
            package.symlink_to(ROOT / "notifier")
            return
        shutil.copytree(ROOT / "notifier", package)  # with the compiled files, which are valid for copies too
        (package / "migrations/versions/9999_later.py").write_text(_LATER.format(head=_head()))
        for folder in ("templates", "static"):
            if not (self.home / folder).exists():
                (self.home / folder).symlink_to(ROOT / folder)


class Sender(threading.Thread):
    """Sends to instances in turn until it is stopped; what one does not answer goes to the next, with the same key.

    At most twenty times a second, which leaves processors to the instances that start.
    """

    def __init__(self, sender: Person, to: Person, sites: Iterable[Site]) -> None:
        super().__init__()
        self.accepted: list[str] = []
        self.refused: list[str] = []
        self._stopped = threading.Event()
        self._sender, self._to = sender, to
        self._sites = itertools.cycle(sites)

    def run(self) -> None:
        while not self._stopped.wait(0.05):
            body, key = {"to": self._to.address, "title": str(len(self.accepted))}, {"Idempotency-Key": secrets.token_hex(8)}
            while not self._answered(next(self._sites), body, key):
                pass

    def _answered(self, site: Site, body: dict[str, str], key: dict[str, str]) -> bool:
        try:
            answer = site.api.request("POST", "/api/notifications", self._sender.token, json=body, headers=key)
        except httpx.TransportError:
            return False
        if answer.status_code == 201:
            self.accepted.append(answer.json()["id"])
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")
        return answer.status_code != 503

    def more(self) -> None:
        """Wait for a few more sends."""
        before = len(self.accepted)
        eventually(lambda: len(self.accepted) > before + 10, within=20)

    def stop(self) -> None:
        self._stopped.set()
        self.join()


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    """Several processes need PostgreSQL."""
    return postgres_databases


@pytest.fixture
def sites(databases: Databases, tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    with (
        databases.fresh() as url,
        open_site(Versioned(url, tmp_path)) as replaced,
        open_site(Versioned(url, tmp_path)) as kept,
    ):
        yield replaced, kept


def test_upgrade_and_way_back_lose_nothing_and_leave_no_instance_unready(sites: tuple[Site, Site], tmp_path: Path) -> None:
    replaced, kept = sites
    alice, dana = kept.person("alice"), kept.person("dana", "sender")
    inboxes = [alice.inbox(), Inbox(replaced.url, alice.token)]
    for inbox in inboxes:
        inbox.follow(lambda inbox: inbox.connects == 1)
    sender = Sender(dana, alice, sites)
    sender.start()
    try:
        upgrade(kept.server.database_url, tmp_path)
        sender.more()
        assert_left_alone_by(kept.server)
        assert [ready(site) for site in sites] == [True, True]
        for newer in (True, False):
            restart(replaced, newer=newer)
            sender.more()
            assert [ready(site) for site in sites] == [True, True]
            for inbox in inboxes:
                inbox.follow(partial(has, sender.accepted[-1]))
        sender.stop()
        for inbox in inboxes:
            inbox.follow(lambda inbox: inbox.agrees())
            assert (set(sender.accepted) - set(inbox.rows), inbox.resets) == (set(), 0)
        assert [inbox.connects for inbox in inboxes] == [1, 3]
        assert sender.refused == []
    finally:
        sender.stop()
        inboxes[1].close()


def assert_left_alone_by(older: Notifier) -> None:
    """Check that the older program neither fails at the newer schema nor takes it back."""
    assert older.command("db", "upgrade") == (0, "", "")
    assert older.command("db", "check").returncode == 0


def has(id: str, inbox: Inbox) -> bool:
    return id in inbox.rows


def upgrade(url: str, directory: Path) -> None:
    newer = Versioned(url, directory)
    newer.install(newer=True)
    done = newer.command("db", "upgrade")
    newer.close()
    assert done.returncode == 0, done.stderr


def restart(site: Site, *, newer: bool) -> None:
    server = site.server
    assert isinstance(server, Versioned)
    server.terminate()
    server.kill()
    server.install(newer=newer)
    server.start()


def ready(site: Site) -> bool:
    return site.api.get("/readyz").status_code == 200


def _head() -> str:
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/*.py"))
