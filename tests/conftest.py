"""Fixtures for all tests: databases, an application, servers and users.

`app` is an application in this process on a fresh database. `site` is a real server, shared by modules without settings of their
own, with fresh users for each test: alice and bob, carol the outsider, dana (a sender) and admin. `serve` starts a server for one test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from notifier import create_app
from notifier.extensions import db
from tests.api_client import Person
from tests.cheap import cheap_passwords
from tests.compiled import share_compiled
from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.memory import directory_of_run, temporary_files_in_memory
from tests.outbox.receiver import Receiver
from tests.people import People
from tests.scheduling import pytest_collection, pytest_collection_modifyitems, pytest_xdist_make_scheduler
from tests.servers import Notifier, Postgres, PostgresMissing, Redis, RedisMissing
from tests.servers.notifier import PREFIX, SECRET_KEY
from tests.servers.postgres import find_binaries
from tests.servers.redis import find_program
from tests.site import Site, Sites, open_site

# No deadline: how long an example takes depends more on the machine than on the program.
hypothesis.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ, print_blob=True
)
hypothesis.load_profile("patient")

temporary_files_in_memory()
share_compiled(directory_of_run() / "templates")

_SITES = pytest.StashKey[Sites]()

__all__ = ["cheap_passwords", "pytest_collection", "pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]


class Serve(Protocol):
    """Start a server for this test. `settings`: names without the prefix; `args`: command-line arguments."""

    def __call__(self, *args: str, **settings: object) -> Site: ...


def pytest_report_header() -> str:
    return f"postgres: {_describe(find_binaries)}, redis: {_describe(find_program)}"


def _describe(find: Callable[[], object]) -> str:
    try:
        return str(find())
    except (PostgresMissing, RedisMissing) as missing:
        return f"MISSING, tests that need it are skipped: {missing}"


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Function, nextitem: pytest.Function | None) -> None:
    """Let the shared servers rest when a file begins that uses none."""
    if _SITES in item.config.stash and not (nextitem and (nextitem.path == item.path or "site" in nextitem.fixturenames)):
        item.config.stash[_SITES].rest()


@pytest.fixture(scope="session", autouse=True)
def _no_inherited_settings() -> Iterator[None]:
    """Remove the settings in the environment of the developer who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The cluster shared by all tests; a test that stops or damages a cluster makes its own."""
    try:
        cluster = Postgres(fsync=False)
    except PostgresMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    with cluster:
        yield cluster


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """The Redis shared by all tests; a test that stops or damages a Redis makes its own."""
    try:
        server = Redis()
    except RedisMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    with server:
        yield server


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDatabases]:
    databases = SqliteDatabases(tmp_path_factory.mktemp("sqlite"))
    with databases.lasting:
        yield databases


@pytest.fixture(scope="session")
def postgres_databases(postgres: Postgres) -> Iterator[PostgresDatabases]:
    databases = PostgresDatabases(postgres)
    with databases.lasting:
        yield databases


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Databases:
    """SQLite and PostgreSQL in turn. A module for one of them redefines this fixture."""
    chosen: Databases = request.getfixturevalue(f"{request.param}_databases")
    return chosen


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    with databases.fresh() as url:
        yield url


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY})
    with app.app_context():
        yield app
        db.session.remove()
        checked_out = db.engine.pool.checkedout()  # type: ignore[attr-defined]
        db.engine.dispose()
    assert checked_out == 0, f"{checked_out} connections were not returned to the pool"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    """Settings of `site`. A module that needs different ones redefines this fixture."""
    return {}


@pytest.fixture(scope="module")
def program() -> type[Notifier]:
    """The server class that `site` and `serve` start."""
    return Notifier


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Sites:
    sites = pytestconfig.stash[_SITES] = Sites(tmp_path_factory.mktemp("sites"))
    return sites


@pytest.fixture(scope="session")
def shares_server() -> bool:
    """Whether modules with common settings share a `site`. Tests that damage servers redefine this fixture."""
    return True


@pytest.fixture(scope="module")
def site(program: type[Notifier], databases: Databases, settings: dict[str, object], sites: Sites, shares_server: bool) -> Iterator[Site]:
    with sites.lend(program, databases, settings, shared=shares_server) as site:
        yield site


@pytest.fixture
def server(site: Site) -> Notifier:
    return site.server


@pytest.fixture
def serve(program: type[Notifier], databases: Databases, tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as opened:

        def start(*args: str, **settings: object) -> Site:
            url = opened.enter_context(databases.fresh())
            return opened.enter_context(open_site(program(url, tmp_path, args=args, settings=settings)))

        yield start


@pytest.fixture(autouse=True)
def _no_open_streams(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check after each test that the shared server has no open streams. Set up first, hence torn down last."""
    if "site" not in request.fixturenames:
        yield
        return
    site: Site = request.getfixturevalue("site")
    yield
    site.close_streams()
    if site.server.running:
        site.assert_no_streams()


@pytest.fixture
def people(site: Site) -> People:
    """Creates the users below. The API tests redefine this fixture, since they need no server."""
    return site


@pytest.fixture
def alice(people: People) -> Person:
    return people.person("alice")


@pytest.fixture
def bob(people: People) -> Person:
    return people.person("bob")


@pytest.fixture
def carol(people: People) -> Person:
    """The outsider: a user who shares no group with the others."""
    return people.person("carol")


@pytest.fixture
def dana(people: People) -> Person:
    """A user with the role `sender`."""
    return people.person("dana", "sender")


@pytest.fixture
def admin(people: People) -> Person:
    return people.person("admin", "admin")


@pytest.fixture
def staff(people: People, alice: Person, bob: Person) -> str:
    """A group that alice manages and bob is in."""
    return people.group("staff", bob, manager=alice)


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.forget()
    return listening
