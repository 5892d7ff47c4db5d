"""Starts and upgrades that cannot go well, or that happen at once: one line that says what to do, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from notifier import __version__
from tests.databases import Databases
from tests.servers import Notifier, Postgres, Served
from tests.servers.command import Command
from tests.servers.port import Port
from tests.site import Site, open_site
from tests.waiting import eventually

TYPO = {"REPLAY_LIMITS": 7}
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")


def command(url: str, home: Path, *args: str) -> Command:
    """Start `notifier ARGS` on a database of its own."""
    program = Notifier(url, home)
    program.close()  # its port; only its directory and environment are used
    return program.begin(*args)


def refused(url: str, home: Path, *args: str) -> str:
    """Run a command that is refused, and return its one line."""
    done = command(url, home, *args).completed()
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (1, "", 1), done.stderr
    assert lines[0].startswith("notifier: ")
    return lines[0]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As it is started by its command line, which also prints what Python warns of."""
    with databases.fresh() as url:
        server = Served(url, tmp_path_factory.mktemp("starts"), settings=TYPO)
        server.forked = False
        with open_site(server) as site:
            yield site


def test_taken_port_is_said_in_one_line_and_the_other_server_keeps_its_metrics(site: Site) -> None:
    dana, alice = site.person("dana", "sender"), site.person("alice")
    dana.send(alice)

    second = site.server.command("serve", "--port", str(site.server.port))

    taken = f"port {site.server.port} of 127.0.0.1 is taken by another program: stop it, or choose another port"
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"notifier: {taken}, as in --port {site.server.port + 1}\n"  # before any warning
    dana.send(alice)
    assert site.server.metric("notifier_messages_total") == 2


def test_metrics_name_the_version_and_sum_the_processes(site: Site) -> None:
    assert site.server.metric("notifier_build_info", version=__version__) == 1
    assert site.server.metric("process_open_fds") > 10
    assert site.server.metric("process_resident_memory_bytes") > 10_000_000
    eventually(lambda: site.server.metric("notifier_db_pool", state="limit") == 10)


def test_metrics_are_not_on_the_disk_of_the_database(site: Site) -> None:
    directory = psutil.Process(site.server.pid).environ()["PROMETHEUS_MULTIPROC_DIR"]

    assert stat.S_IMODE(Path(directory).stat().st_mode) == 0o700
    assert directory.startswith("/dev/shm/") or not os.access("/dev/shm", os.W_OK)


def test_every_line_of_the_log_is_json_from_the_start(site: Site) -> None:
    lines = [json.loads(line) for line in site.server.log().splitlines()]

    assert [line["event"] for line in lines[:2]] == [
        "NOTIFIER_REPLAY_LIMITS is not a setting: did you mean NOTIFIER_REPLAY_LIMIT?",
        f"notifier {__version__} on {site.url}",
    ]


def test_workers_that_share_no_hints_are_warned_of(tmp_path: Path) -> None:
    with Served(f"sqlite:///{tmp_path}/new.db", tmp_path, args=["--workers", "2"]) as server:
        first = json.loads(server.log().splitlines()[0])

    text = "2 workers without REDIS_URL: streams show what another worker wrote up to 1 s later, not at once"
    assert (first["level"], first["event"]) == ("warning", text)


def test_unknown_host_is_refused_in_one_line(site: Site) -> None:
    for host in ("nowhere.invalid", "203.0.113.7"):
        refusal = site.server.command("serve", "--host", host, "--port", str(site.server.port))
        assert refusal.returncode in (1, 2)
        assert refusal.stderr == f"notifier: --host {host}: this machine has no such address\n"


def test_three_starts_at_once_on_an_empty_database_serve(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    servers = [Served(url, tmp_path) for _ in range(3)]
    for server in servers:
        server.launch()
    for server in servers:
        server.wait_ready()
        assert "Traceback" not in server.log()
        server.close()


def two_upgrades(url: str, home: Path) -> None:
    running = [command(url, home, "db", "upgrade") for _ in range(2)]
    assert [upgrade.completed() for upgrade in running] == [(0, "", "")] * 2
    assert command(url, home, "db", "check").completed().stdout == "All inboxes agree with their notifications.\n"


def test_two_upgrades_at_once_both_succeed(tmp_path: Path) -> None:
    two_upgrades(f"sqlite:///{tmp_path}/new.db", tmp_path)


@pytest.mark.postgres
def test_two_upgrades_of_postgres_at_once_both_succeed(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create_database()
    two_upgrades(url, tmp_path)
    postgres.drop_database(url)


@pytest.mark.postgres
def test_serve_before_the_upgrade_of_postgres_names_the_command(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create_database()
    for args in (("serve", "--port", free_port()), ("user", "list"), ("db", "check")):
        assert "notifier db upgrade" in refused(url, tmp_path, *args)
    postgres.drop_database(url)


def test_commands_before_the_first_start_name_the_upgrade(tmp_path: Path) -> None:
    reason = refused(f"sqlite:///{tmp_path}/new.db", tmp_path, "user", "list")

    assert "empty" in reason and "notifier db upgrade" in reason


def free_port() -> str:
    with_port = Port()
    with_port.release()
    return str(with_port.number)


@contextmanager
def small_disk(place: Path, options: str = "") -> Iterator[Path]:
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=1m{options}", "none", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@needs_root
def test_start_and_upgrade_on_a_full_disk_are_refused_in_one_line(databases: Databases, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "filler").write_bytes(b"\0" * (1 << 20))
        for args in (("db", "upgrade"), ("serve", "--port", free_port())):
            assert "disk" in refused(f"sqlite:///{disk}/new.db", tmp_path, *args)


@needs_root
def test_start_and_upgrade_on_a_read_only_disk_are_refused_in_one_line(databases: Databases, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, databases.fresh() as url:
        shutil.copy(url.removeprefix("sqlite:///"), disk / "old.db")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for name in ("new.db", "old.db"):
            for args in (("db", "upgrade"), ("serve", "--port", free_port())):
                assert "read-only" in refused(f"sqlite:///{disk}/{name}", tmp_path, *args).lower()
